// What the last runs found, so that `make mutate` can be run in parts, and again in a moment when nothing has changed.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import type { Mutant } from './mutants.ts';
import type { Target } from './targets.ts';

export type Survived = Pick<Mutant, 'file' | 'line' | 'source' | 'change'>;
export type Found = { mutants: number; survived: Survived[] };

const folder = 'node_modules/.cache/mutate';
/** Beside what the tests import: what they start and open, and what makes the mutants. */
const always = [
  'package-lock.json',
  'test/mutate/mutants.ts',
  'test/mutate/session.ts',
  'test/harness',
  'nginx',
  'njs',
  'sql',
];

/** A hash of all that decides what becomes of the mutants of a target's files. */
export async function hashOf(target: Target): Promise<string> {
  const tests = filesBelow('test').filter(
    (file) => file.endsWith('.test.ts') && target.tests.some((part) => file.includes(part)),
  );
  const { metafile } = await build({
    entryPoints: tests,
    bundle: true,
    write: false,
    metafile: true,
    outdir: 'out',
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  const files = [...Object.keys(metafile.inputs), ...target.files, ...always.flatMap(filesBelow)].filter(
    (file) => existsSync(file),
  );
  const hash = createHash('sha256').update(JSON.stringify(target));
  for (const file of [...new Set(files)].sort()) hash.update(`\n${file}\n`).update(readFileSync(file));
  return hash.digest('hex');
}

/** What was found for a file; undefined if anything that decides about it has changed since. */
export function recall(file: string, hash: string): Found | undefined {
  const place = placeOf(file, hash);
  return existsSync(place) ? JSON.parse(readFileSync(place, 'utf8')) : undefined;
}

export function keep(file: string, hash: string, found: Found): void {
  mkdirSync(folder, { recursive: true });
  const older = readdirSync(folder).filter((name) => name.startsWith(`${file.replaceAll('/', '-')}-`));
  for (const name of older) rmSync(path.join(folder, name));
  writeFileSync(placeOf(file, hash), JSON.stringify(found));
}

function placeOf(file: string, hash: string): string {
  return path.join(folder, `${file.replaceAll('/', '-')}-${hash}.json`);
}

function filesBelow(place: string): string[] {
  if (!existsSync(place)) return [];
  if (path.extname(place) !== '') return [place];
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}
