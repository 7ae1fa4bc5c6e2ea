// Temporary folders that NGINX's workers and PostgreSQL's user can reach, removed when the test file ends.

import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';

const made: string[] = [];

afterAll(async () => {
  for (const dir of made.splice(0)) await rm(dir, { recursive: true, force: true, maxRetries: 5 });
});

/** A new folder, mode 0755; `name` only makes it easy to recognise. */
export async function temporaryFolder(name: string): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), `tallygate-test-${name}-`));
  made.push(dir);
  await chmod(dir, 0o755);
  return dir;
}

/** The project's root. */
export const projectRoot = path.join(import.meta.dirname, '../..');
