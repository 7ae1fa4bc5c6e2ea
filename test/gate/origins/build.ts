// What the NGINX under test is: some things only newer ones do, or those that were built with it.

import { execFileSync } from 'node:child_process';
import { nginxPrograms } from '../../../app/nginx/programs.ts';

// It prints this to standard error.
const output = execFileSync('/bin/sh', ['-c', '"$0" -V 2>&1', nginxPrograms().binary], { encoding: 'utf8' });

/** As NGINX's own nginx_version: 1022001 for 1.22.1. */
export const version = (/nginx\/(\d+)\.(\d+)\.(\d+)/.exec(output) ?? [])
  .slice(1)
  .reduce((sum, part) => sum * 1000 + Number(part), 0);

/** Whether it was built with a module: `http_v3_module`. */
export const builtWith = (module: string) => output.includes(`--with-${module}`);
