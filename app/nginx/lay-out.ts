// A private NGINX in a folder of its own, with the includes of nginx/ beside it: for `make run`, for the tests, and for
// `make deploy`, which tries a gate before it is put in place. Never a system service.

import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../user-error.ts';
import { type NginxPrograms, nginxPrograms, njsModule } from './programs.ts';
import { type Places, relocate } from './relocate.ts';

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
