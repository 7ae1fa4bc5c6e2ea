// Which NGINX are measured, and with which engine of njs: Debian's, and with NGINX_BIN (and NGINX_MODULES) that one with
// both of its engines. What they are called in the results is asked of themselves.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { type NginxPrograms, nginxPrograms } from '../../../app/nginx/programs.ts';

export type Engine = {
  readonly programs: NginxPrograms;
  /** '1.22.1' */
  readonly nginx: string;
  readonly kind: 'debian' | 'njs' | 'qjs';
  /** `load_module` lines for Debian's Lua module; '' where it is missing. */
  readonly lua: string;
};

/** Those that are here, and a sentence for each thing that is not. */
export async function enginesHere(): Promise<{ engines: Engine[]; missing: string[] }> {
  const engines: Engine[] = [];
  const missing: string[] = [];
  const debian = nginxPrograms({});
  if (existsSync(path.join(debian.modules, 'ngx_http_js_module.so'))) {
    const lua = luaModules(debian.modules);
    if (lua === '')
      missing.push('The package libnginx-mod-http-lua is missing: nothing is compared with Lua.');
    engines.push({ programs: debian, nginx: await versionOf(debian.binary), kind: 'debian', lua });
  } else {
    missing.push("Debian's NGINX with its njs module is missing: it is not measured, and neither is Lua.");
  }
  if (process.env.NGINX_BIN) {
    const { binary, modules } = nginxPrograms();
    const nginx = await versionOf(binary);
    for (const kind of ['njs', 'qjs'] as const)
      engines.push({ programs: { binary, modules, engine: kind }, nginx, kind, lua: '' });
  }
  return { engines, missing };
}

/**
 * What the engine is called in the results.
 * @param njs its version of njs
 */
export function nameOf({ kind, nginx }: Engine, njs: string): string {
  return kind === 'debian' ? `njs-${njs}` : `${nginx}-${kind}`;
}

function luaModules(folder: string): string {
  const files = ['ndk_http_module.so', 'ngx_http_lua_module.so'].map((name) => path.join(folder, name));
  return files.every(existsSync) ? files.map((file) => `load_module ${file};\n`).join('') : '';
}

async function versionOf(binary: string): Promise<string> {
  const { stderr } = await promisify(execFile)(binary, ['-v']);
  return /nginx\/(\S+)/.exec(stderr)?.[1] ?? 'unknown';
}
