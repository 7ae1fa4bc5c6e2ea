// A database that is lost and comes back from a dump: the cursor is in the dump beside the tallies, so the agent reads
// again exactly what the dump does not know.

import { execFile } from 'node:child_process';
import { appendFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import type { Sql } from '../../app/db/connection.ts';
import type { Child } from '../../app/process/child.ts';
import { until } from '../../app/process/until.ts';
import { postgresPrograms } from '../../app/run/cluster.ts';
import { temporaryFolder } from '../harness/folders.ts';
import { createDatabase } from '../harness/postgres.ts';
import { spawnTallygate } from '../harness/program.ts';
import { lines, visitor } from '../ingest/records.ts';

const run = promisify(execFile);

it('a restored dump counts on, each line once, whatever happened after the dump', async () => {
  const [first, second] = [await createDatabase(), await createDatabase({ template: false })];
  const folder = await temporaryFolder('backup');
  const log = path.join(folder, 'downloads.log');
  let agent: Child | undefined;
  onTestFinished(async () => {
    await agent?.stop();
    await first.drop();
    await second.drop();
  });
  const start = async (databaseUrl: string) => {
    agent = await spawnTallygate(['agent'], {
      env: {
        TALLYGATE_DATABASE_URL: databaseUrl,
        TALLYGATE_AGENT_LOGS: log,
        TALLYGATE_AGENT_DENY_DIR: path.join(folder, 'deny'),
        TALLYGATE_AGENT_SALTS_FILE: path.join(folder, 'salts.conf'),
      },
    });
  };
  const read = (sql: Sql, count: number) =>
    until(async () => {
      const [row] = await sql`select coalesce(sum(lines), 0)::int as lines from sources`;
      return row?.lines >= count;
    }, `${count} lines to be read`);
  const records = (from: number, count: number) =>
    lines(Array.from({ length: count }, (_, index) => ({ visitor: visitor(`v${(from + index) % 40}`) })));

  await writeFile(log, records(0, 100));
  await start(first.url);
  await read(first.sql, 100);
  // While the agent runs, as a nightly dump does.
  const dump = path.join(folder, 'dump');
  await run(path.join(postgresPrograms(), 'pg_dump'), ['--format=custom', `--file=${dump}`, first.url]);
  await appendFile(log, records(100, 50));
  await read(first.sql, 150);
  await agent?.stop();

  await run(path.join(postgresPrograms(), 'pg_restore'), ['--exit-on-error', `--dbname=${second.url}`, dump]);
  const [restored] = await second.sql`select sum(lines)::int as lines from sources`;
  expect(restored?.lines).toBe(100);
  await appendFile(log, records(150, 10));
  await start(second.url);
  await read(second.sql, 160);
  const report = async (sql: Sql) =>
    (await sql`select requests, downloads, completed, copies, bytes from report.files`)[0];
  // 40 visitors, 160 whole downloads: four copies each.
  expect(await report(second.sql)).toEqual({
    requests: '160',
    downloads: '40',
    completed: '40',
    copies: '160',
    bytes: '160000',
  });
});
