// A server below one folder: its own nginx.conf with a site in it, a real NGINX on that, and releases to deploy.

import { createHash } from 'node:crypto';
import { cp, lstat, mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { inject } from 'vitest';
import { sealRelease } from '../../app/deploy/release.ts';
import { readKeyRing } from '../../app/keys/file.ts';
import { signLink } from '../../app/link/sign.ts';
import { nginxPrograms } from '../../app/nginx/programs.ts';
import { startNginx, workersOf } from '../../app/nginx/start.ts';
import { type Child, startChild } from '../../app/process/child.ts';
import { freePort } from '../../app/process/ports.ts';
import { until } from '../../app/process/until.ts';
import { projectRoot, temporaryFolder } from '../harness/folders.ts';

export const builtRelease = path.join(projectRoot, 'dist/release');
export type Outcome = { code: number | null; output: string };

export type Tree = {
  dir: string;
  port: number;
  nginx: Child;
  /** Where something lies in the tree. */
  at(finalPath: string): string;
  /** A file with the configuration to begin with. */
  seed: string;
  /** Runs a release's installer on this tree. */
  installer(release: string, ...args: string[]): Promise<Outcome>;
  /** `deploy` with the seed, keeping to `release`. */
  deploy(release?: string, ...args: string[]): Promise<Outcome>;
  /** Writes nginx.conf, with or without Tallygate in the site; NGINX is not told. */
  writeSite(withTallygate: boolean): Promise<void>;
  reload(): Promise<void>;
  /** Waits until the site serves a link that is signed with the tree's key, and refuses a forged one. */
  gateHolds(): Promise<void>;
};

/** Lays out the tree and starts its NGINX on a site without Tallygate; the caller stops `nginx`. */
export async function startTree(databaseUrl = inject('clusterUrl')): Promise<Tree> {
  const dir = await temporaryFolder('tree');
  const port = await freePort();
  const at = (finalPath: string) => path.join(dir, finalPath);
  for (const folder of ['etc/nginx/log', 'etc/nginx/tmp', 'run', 'srv/downloads'])
    await mkdir(at(folder), { recursive: true });
  // As Debian has it: a path relative to NGINX's prefix.
  await symlink(nginxPrograms().modules, at('etc/nginx/modules'));
  await writeFile(at('srv/downloads/a.txt'), 'hello\n');
  const seed = at('seed.toml');
  await writeFile(seed, `database_url = "${databaseUrl}"\norigin = "http://127.0.0.1:${port}"\n`);

  const writeSite = (withTallygate: boolean) =>
    writeFile(at('etc/nginx/nginx.conf'), siteConfiguration(dir, port, withTallygate));
  await writeSite(false);
  const nginx = await startNginx(at('etc/nginx'), port);

  const installer = async (release: string, ...args: string[]): Promise<Outcome> => {
    const command = [path.join(release, 'deploy.js'), '--destdir', dir, ...args];
    const child = await startChild(process.execPath, command);
    const { code } = await child.exited;
    return { code, output: child.stdout() + child.stderr() };
  };
  return {
    dir,
    port,
    nginx,
    at,
    seed,
    installer,
    deploy: (release = builtRelease, ...args) => installer(release, 'deploy', '--config', seed, ...args),
    writeSite,
    async reload() {
      nginx.kill('SIGHUP');
    },
    async gateHolds() {
      // Whoever reloads NGINX is not told when the workers of before have gone: until then one of them may answer.
      await until(
        async () => (await workersOf(nginx.pid)).length === 1 && (await ask(at, port)) === '200 403',
        'a signed link to pass, and a forged one not',
      );
    },
  };
}

/** Statuses for a link that is signed with the tree's key, and for a forged one. */
async function ask(at: Tree['at'], port: number): Promise<string> {
  const { current } = await readKeyRing(at('etc/tallygate/keys.conf'), '');
  const expires = Math.floor(Date.now() / 1000) + 60;
  const link = signLink(current, { path: '/downloads/a.txt', expires }, `http://127.0.0.1:${port}`);
  const forged = link.replace(/.$/, link.endsWith('A') ? 'Q' : 'A').replace(/s=./, 's=_');
  const [good, bad] = await Promise.all([fetch(link), fetch(forged)]);
  return `${good.status} ${bad.status}`;
}

function siteConfiguration(dir: string, port: number, withTallygate: boolean): string {
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `${process.getuid?.() === 0 ? 'user www-data;' : ''}
worker_processes 1; daemon off;
pid ${dir}/run/nginx.pid;
error_log ${dir}/etc/nginx/log/error.log info; load_module modules/ngx_http_js_module.so;
events { worker_connections 64; }
http {
    access_log off;
${folders.map((name) => `    ${name}_temp_path ${dir}/etc/nginx/tmp/${name};`).join('\n')}
    ${withTallygate ? 'include tallygate/http.conf;' : ''}
    server {
        listen 127.0.0.1:${port};
        root ${dir}/srv;
        location ^~ /downloads/ { ${withTallygate ? 'include tallygate/protect.conf;' : ''} }
        ${withTallygate ? 'include tallygate/service.conf;' : ''}
    }
}
`;
}

/** A release like the built one, but for one file; with an id of its own. */
export async function otherRelease(
  version: string,
  file: string,
  change: (text: string) => string,
): Promise<string> {
  const folder = path.join(await temporaryFolder('release'), 'release');
  await cp(builtRelease, folder, { recursive: true });
  const target = path.join(folder, file);
  await writeFile(target, change(await readFile(target, 'utf8')));
  await sealRelease(folder, version);
  return folder;
}

/** Everything that can be seen of a tree's files (but NGINX's own): path, kind, mode, owner, time, content. */
export async function snapshot(dir: string): Promise<Record<string, string>> {
  const seen: Record<string, string> = {};
  for (const name of (await readdir(dir, { recursive: true })).sort()) {
    if (/^(run|etc\/nginx\/(log|tmp))(\/|$)/.test(name)) continue;
    const file = path.join(dir, name);
    const status = await lstat(file);
    const content = status.isSymbolicLink()
      ? await readlink(file)
      : status.isFile()
        ? createHash('sha256')
            .update(await readFile(file))
            .digest('hex')
        : '';
    const time = status.isFile() ? status.mtime.toISOString() : '';
    // NGINX writes a record a moment after its answer: what a log holds is no part of the installation.
    const held = name.endsWith('.log') ? [] : [time, content];
    seen[name] = [(status.mode & 0o7777).toString(8), status.uid, status.gid, ...held].join(' ');
  }
  return seen;
}
