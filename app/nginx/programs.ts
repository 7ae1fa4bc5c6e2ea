// Which NGINX and which njs module are used.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../user-error.ts';

/** Which NGINX: its binary, the folder of its modules, and what `js_engine` is set to where it is. */
export type NginxPrograms = { binary: string; modules: string; engine?: string | undefined };

/** Debian's, or those that NGINX_BIN, NGINX_MODULES and NGINX_JS_ENGINE name in `environment`. */
export function nginxPrograms(environment: NodeJS.ProcessEnv = process.env): NginxPrograms {
  const binary =
    environment.NGINX_BIN ?? ['/usr/sbin/nginx', '/usr/local/sbin/nginx'].find(existsSync) ?? 'nginx';
  const modules = environment.NGINX_MODULES ?? '/usr/lib/nginx/modules';
  return { binary, modules, engine: environment.NGINX_JS_ENGINE };
}

/**
 * The path of the njs module.
 * @throws UserError where there is none
 */
export function njsModule(modules: string): string {
  const file = path.join(modules, 'ngx_http_js_module.so');
  if (existsSync(file)) return file;
  throw new UserError(
    `NGINX's njs module is missing (no ${file})`,
    'Install the package libnginx-mod-http-js, or set NGINX_MODULES to the folder it is in.',
  );
}
