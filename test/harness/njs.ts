// What of njs/ needs no NGINX, in njs's own engine: on its command line.

import { execFileSync } from 'node:child_process';
import { build } from 'esbuild';
import { projectRoot } from './folders.ts';

/** Runs a script that imports from njs/ (`./njs/link/canonical.ts`); the lines it prints. */
export async function inNjs(script: string): Promise<string[]> {
  const { outputFiles } = await build({
    stdin: { contents: script, resolveDir: projectRoot, loader: 'ts' },
    bundle: true,
    format: 'esm',
    target: 'es2017',
    external: ['crypto', 'fs'],
    charset: 'ascii',
    write: false,
  });
  const input = outputFiles[0]?.text ?? '';
  return execFileSync('njs', ['-q', '-'], { input, encoding: 'utf8', stdio: 'pipe' }).trim().split('\n');
}
