// History and streams on a host whose clock is behind: PostgreSQL's tells that their lines are not from the future.

import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clockOff } from '../../harness/clock.ts';
import { projectRoot, temporaryFolder } from '../../harness/folders.ts';
import { createDatabase, type TestDatabase } from '../../harness/postgres.ts';
import { line, visitor } from '../records.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

test.each([
  ['a file', (log: string) => log, 'records'],
  ['a stream', () => '-', 'streamed'],
])('%s', async (_, argument, name) => {
  const log = path.join(await temporaryFolder('clock'), name);
  const records = [0, 1].map((i) => line({ at: Date.now() / 1000 - i, visitor: visitor(name + i) }));
  const input = `${records.join('\n')}\n`;
  await writeFile(log, input);
  const program = [path.join(projectRoot, 'dist/tallygate.js'), 'ingest', argument(log)];
  const about = {
    TALLYGATE_CONFIG: '/dev/null',
    TALLYGATE_DATABASE_URL: database.url,
    TALLYGATE_EDGE: 'fra1',
  };
  const before = await requests();
  spawnSync(process.execPath, program, {
    env: { PATH: process.env.PATH, ...about, ...clockOff('-3d') },
    input,
  });
  expect(await requests()).toBe(before + 2);
});

async function requests(): Promise<number> {
  const [row] = await database.sql`select coalesce(sum(requests), 0)::int as requests from tallies`;
  return row?.requests;
}
