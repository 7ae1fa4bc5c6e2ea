// A private NGINX in a folder of its own, with the includes of nginx/ put beside it. For `make run` and the
// tests; never a system service.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Child, startChild } from '../process/child.ts';
import { isListening } from '../process/ports.ts';
import { until } from '../process/until.ts';
import { UserError } from '../user-error.ts';
import { type Places, relocate } from './relocate.ts';

const run = promisify(execFile);

/** Which NGINX: its binary, the folder of its modules, and what `js_engine` is set to where it is. */
export type NginxPrograms = { binary: string; modules: string; engine?: string | undefined };

/** Debian's, or those that NGINX_BIN, NGINX_MODULES and NGINX_JS_ENGINE name in `environment`. */
export function nginxPrograms(environment: NodeJS.ProcessEnv = process.env): NginxPrograms {
  const binary =
    environment.NGINX_BIN ?? ['/usr/sbin/nginx', '/usr/local/sbin/nginx'].find(existsSync) ?? 'nginx';
  const modules = environment.NGINX_MODULES ?? '/usr/lib/nginx/modules';
  return { binary, modules, engine: environment.NGINX_JS_ENGINE };
}

/** Where the parts of an NGINX in the folder `dir` go. */
export function placesIn(dir: string, service: string): Places {
  const at = (name: string) => path.join(dir, name);
  return {
    includes: at('tallygate'),
    lib: at('lib'),
    etc: at('etc'),
    log: at('log'),
    state: at('state'),
    service,
  };
}

/**
 * Lays out `dir` for an NGINX: the includes with their places replaced, the njs bundle, empty folders for
 * logs and state, `www/` for the site's files.
 * @param root the project's root, or an installation with the same folders
 */
export async function layOutNginx(dir: string, places: Places, root: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  // mkdtemp makes 0700: NGINX's workers run as another user and must reach what lies below.
  await chmod(dir, 0o755);
  for (const folder of [
    places.includes,
    path.join(places.lib, 'njs'),
    places.log,
    path.join(dir, 'www'),
    path.join(dir, 'tmp'),
  ]) {
    await mkdir(folder, { recursive: true });
  }
  await mkdir(places.etc, { recursive: true, mode: 0o700 });
  for (const kind of ['t', 'v']) await mkdir(path.join(places.state, 'deny', kind), { recursive: true });
  const bundle = path.join(root, 'dist/njs/tallygate.js');
  if (!existsSync(bundle)) throw new UserError(`${bundle} is missing`, 'Run: make build');
  await cp(bundle, path.join(places.lib, 'njs/tallygate.js'));
  for (const name of await readdir(path.join(root, 'nginx'), { recursive: true })) {
    const from = path.join(root, 'nginx', name);
    const to = path.join(places.includes, name);
    if (name.endsWith('.conf')) await writeFile(to, relocate(await readFile(from, 'utf8'), places));
    else if (!name.endsWith('.md')) await cp(from, to, { recursive: true });
  }
}

/**
 * The path of the njs module.
 * @throws UserError where there is none
 */
function njsModule(modules: string): string {
  const file = path.join(modules, 'ngx_http_js_module.so');
  if (existsSync(file)) return file;
  throw new UserError(
    `NGINX's njs module is missing (no ${file})`,
    'Install the package libnginx-mod-http-js, or set NGINX_MODULES to the folder it is in.',
  );
}

/** The frame of an nginx.conf that keeps every file it writes inside `dir`. */
export function nginxConf(
  dir: string,
  parts: { main?: string; events?: string; http: string; workers?: number },
  { modules, engine }: NginxPrograms = nginxPrograms(),
): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `${process.getuid?.() === 0 ? 'user www-data;\n' : ''}worker_processes ${parts.workers ?? 1};
daemon off;
pid ${dir}/nginx.pid;
error_log ${dir}/log/error.log info;
load_module ${njsModule(modules)};
pcre_jit on;
${parts.main ?? ''}
events { worker_connections 1024; ${parts.events ?? ''} }
http {
    default_type application/octet-stream;
    sendfile on;
${engine ? `    js_engine ${engine};\n` : ''}    access_log off;
${temporary.map((name) => `    ${name}_temp_path ${dir}/tmp/${name};`).join('\n')}
${parts.http}
}
`;
}

/** Runs `nginx -t`; resolves to what it printed. Throws with it when the configuration is refused. */
export async function testNginx(dir: string): Promise<string> {
  const { binary } = nginxPrograms();
  const { stderr } = await run(binary, ['-t', '-p', dir, '-c', `${dir}/nginx.conf`]);
  return stderr;
}

/**
 * Starts NGINX on `dir`/nginx.conf and waits until it can be used: its port answers, and it has a worker. Before that
 * it listens already, and a signal would be lost or be its end.
 */
export async function startNginx(
  dir: string,
  port: number,
  { binary }: NginxPrograms = nginxPrograms(),
): Promise<Child> {
  const child = await startChild(binary, [
    '-p',
    dir,
    '-c',
    `${dir}/nginx.conf`,
    '-e',
    `${dir}/log/error.log`,
  ]);
  try {
    await until(
      async () =>
        child.exit() !== undefined || ((await isListening(port)) && (await workersOf(child.pid)).length > 0),
      'NGINX to listen',
    );
  } catch (error) {
    await child.stop('SIGKILL');
    throw error;
  }
  if (child.exit()) {
    throw new UserError(
      `NGINX did not start:\n${child.stderr().trim()}`,
      'The line marked [emerg] says what to mend.',
    );
  }
  return child;
}

/** The processes of an NGINX whose master is `pid`. */
export async function workersOf(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.split(' ').filter(Boolean).map(Number);
}
