// Temporary folders that NGINX's workers and PostgreSQL's user can reach, removed when the test file ends. With LEAVE=1
// those of a failed test stay, and the run says at its end where.

import { chmod, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, inject, onTestFailed, type RunnerTestSuite } from 'vitest';
import { leave } from './leave.ts';

/** A folder, and whether the test that made it failed; undefined where it was made for the whole file. */
type Made = { dir: string; hasFailed?: boolean };
const made: Made[] = [];

// biome-ignore lint/correctness/noEmptyPattern: vitest wants a pattern before the argument we need.
afterAll(async ({}, file: Readonly<RunnerTestSuite>) => {
  for (const { dir, hasFailed = failed(file) } of made.splice(0))
    if (!(leave && hasFailed)) await rm(dir, { recursive: true, force: true, maxRetries: 5 });
});

/** A new folder, mode 0755; `name` only makes it easy to recognise. */
export async function temporaryFolder(name: string): Promise<string> {
  const folder: Made = { dir: await mkdtemp(path.join(inject('runFolder'), `${name}-`)) };
  made.push(folder);
  try {
    onTestFailed(() => {
      folder.hasFailed = true;
    });
    folder.hasFailed = false;
  } catch {
    // Made in a beforeAll: it belongs to every test of the file.
  }
  await chmod(folder.dir, 0o755);
  return folder.dir;
}

function failed(suite: Readonly<RunnerTestSuite>): boolean {
  if (suite.result?.state === 'fail') return true;
  return suite.tasks.some((task) => (task.type === 'suite' ? failed(task) : task.result?.state === 'fail'));
}

/** The project's root. */
export const projectRoot = path.join(import.meta.dirname, '../..');
