// What runs on the host that is deployed to: its NGINX, and the units under systemd. With a DESTDIR it is only the NGINX
// that runs on the nginx.conf of that tree.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { nginxPrograms } from '../nginx/programs.ts';
import { productionPlaces } from '../nginx/relocate.ts';
import { UserError } from '../user-error.ts';
import type { Layout } from './layout.ts';

const run = promisify(execFile);

export type NginxReport = {
  /** The whole configuration, as `nginx -T` prints it. */
  text: string;
  /** The load_module lines, with absolute paths. */
  modules: string[];
  /** Whether a server includes service.conf. Then it answers /tallygate/probe/. */
  hasService: boolean;
  pidFile: string;
};

/** One NGINX configuration: the arguments that name it, the folder of our includes, and the usual pid file. */
export type Site = { arguments: readonly string[]; includes: string; pidFile: string };

/** The NGINX of the host, or that of a tree (DESTDIR). */
export function siteOf(layout: Layout): Site {
  const folder = layout.at('/etc/nginx');
  const own = ['-p', folder, '-c', path.join(folder, 'nginx.conf')];
  return {
    arguments: layout.destdir === '' ? [] : own,
    includes: layout.at(productionPlaces.includes),
    pidFile: layout.at('/run/nginx.pid'),
  };
}

/**
 * Has NGINX check its configuration and print it.
 * @throws UserError with what NGINX says
 */
export async function readNginx(site: Site): Promise<NginxReport> {
  const { binary } = nginxPrograms();
  const command = [...site.arguments, '-T'];
  const { stdout } = await run(binary, command, { maxBuffer: 64 * 1024 * 1024 }).catch(
    (error: NodeJS.ErrnoException & { stderr?: string }) => {
      if (error.code === 'ENOENT')
        throw new UserError('NGINX is not installed', 'Install the packages nginx and libnginx-mod-http-js.');
      throw new UserError(
        `NGINX refuses its configuration:\n${indent(error.stderr ?? '')}`,
        remedyFor(error),
      );
    },
  );
  const prefix = await prefixOf(site);
  const directive = (name: string) => [
    ...stdout.matchAll(new RegExp(`(?<=^|[;{}])\\s*${name}\\s+("?)([^";]+)\\1\\s*;`, 'gm')),
  ];
  return {
    text: stdout,
    modules: directive('load_module').map(([, , file = '']) => `load_module ${path.resolve(prefix, file)};`),
    hasService: stdout.includes(`# configuration file ${site.includes}/service.conf:`),
    pidFile: directive('pid')[0]?.[2] ?? site.pidFile,
  };
}

/** The folder that relative module names are below: Debian loads modules/ngx_http_js_module.so. */
async function prefixOf(site: Site): Promise<string> {
  const given = site.arguments[site.arguments.indexOf('-p') + 1];
  if (site.arguments.includes('-p') && given) return given;
  const { stderr } = await run(nginxPrograms().binary, ['-V']);
  return /--prefix=(\S+)/.exec(stderr)?.[1] ?? '/usr/local/nginx';
}

function remedyFor({ stderr = '' }: { stderr?: string }): string {
  if (/unknown directive "js_/.test(stderr))
    return "Load NGINX's njs module: install libnginx-mod-http-js, or put load_module at the top of nginx.conf.";
  return 'Mend the line marked [emerg].';
}

/** Whether the NGINX of this configuration runs. */
export async function nginxRuns(report: NginxReport): Promise<boolean> {
  const pid = Number(await readFile(report.pidFile, 'utf8').catch(() => ''));
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

export async function reloadNginx(layout: Layout): Promise<void> {
  if (hasSystemd(layout) && (await isActive('nginx.service'))) await systemctl('reload', 'nginx.service');
  else await run(nginxPrograms().binary, [...siteOf(layout).arguments, '-s', 'reload']);
}

/** Whether a running systemd manages the units of this installation. */
export function hasSystemd(layout: Layout): boolean {
  return layout.destdir === '' && existsSync('/run/systemd/system');
}

export async function isActive(unit: string): Promise<boolean> {
  return run('systemctl', ['is-active', '--quiet', unit]).then(
    () => true,
    () => false,
  );
}

/** @throws UserError with what systemctl says */
export async function systemctl(...args: string[]): Promise<void> {
  await run('systemctl', args).catch((error: { stderr?: string; message: string }) => {
    throw new UserError(
      `systemctl ${args.join(' ')} failed:\n${indent(error.stderr || error.message)}`,
      `See: journalctl --unit ${args.at(-1)} --lines 50`,
    );
  });
}

function indent(text: string): string {
  return text
    .trim()
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
