// [classes] drop: lines of these user agents are left out, counted as filtered, and nothing else of them is stored: from
// imports, from a stream, and as the agent reads them.

import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { projectRoot, temporaryFolder } from '../../harness/folders.ts';
import { createDatabase, type TestDatabase } from '../../harness/postgres.ts';
import { tallygate } from '../../harness/program.ts';
import { count, writerFor } from '../in-process.ts';
import { line, lines, noon, type RecordFields, visitor } from '../records.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase();
});
afterEach(() => database.drop());

const environment = () => ({
  TALLYGATE_DATABASE_URL: database.url,
  TALLYGATE_EDGE: 'fra1',
  TALLYGATE_CLASSES_DROP: '^atc/,watchOS/',
});
const run = (args: string[]) => tallygate(args, { env: environment() });

const watch = 'atc/1.0 watchOS/10.3';
const phone = 'Podcasts/4023.310.1 CFNetwork/1490.0.4 Darwin/23.2.0';
const clf = [phone, watch, watch, phone, watch]
  .map(
    (agent, i) =>
      `203.0.113.${i} - - [01/Oct/2023:13:00:0${i} +0200] "GET /${agent === watch ? 'watch' : 'phone'}.mp3 HTTP/1.1" 200 1000 "-" "${agent}"\n`,
  )
  .join('');

async function holdsOnlyThePhone(requests: number): Promise<void> {
  const { sql } = database;
  expect([...(await sql`select sum(requests)::int as requests from tallies`)]).toEqual([{ requests }]);
  expect([...(await sql`select distinct agent from origins`)]).toEqual([{ agent: phone }]);
  expect((await sql`select path from files`).map((row) => row.path)).toEqual(['/phone.mp3']);
  expect([...(await sql`select reason from rejects`)]).toEqual([]);
  expect((await run(['status', '--all'])).stdout).toContain('all accounted for');
}
const dropped = async () => {
  const rows = await database.sql`
    select sum(lines)::int as lines from reject_counts where reason = 'filtered_agent'`;
  return rows[0]?.lines;
};

it('an import, and what its dry run says', async () => {
  const file = path.join(await temporaryFolder('drop'), 'access.log');
  await writeFile(file, clf);
  const dry = await run(['ingest', '--dry-run', file]);
  expect(dry.stdout).toMatch(/access\.log +5 +2 +0 +3 +0/);
  expect(dry.stdout).toMatch(/filtered_agent +3/);
  expect((await run(['ingest', file])).stdout).toMatch(/filtered_agent +3/);
  expect(await dropped()).toBe(3);
  await holdsOnlyThePhone(2);
});

const fields = (agent: string, index: number, at: number): Partial<RecordFields> => ({
  agent,
  at,
  visitor: visitor(`${index}`),
  path: agent === watch ? '/watch.mp3' : '/phone.mp3',
});

it('records as the agent reads them', async () => {
  const writer = writerFor(database, { drop: ['^atc/', 'watchOS/'] });
  await count(
    writer,
    lines(Array.from({ length: 400 }, (_, i) => fields(i % 4 === 0 ? phone : watch, i, noon + i))),
  );
  await writer.close();
  expect(await dropped()).toBe(300);
  await holdsOnlyThePhone(100);
});

it('a stream', async () => {
  const now = Math.floor(Date.now() / 1000) - 10;
  const child = spawn(process.execPath, [path.join(projectRoot, 'dist/tallygate.js'), 'ingest', '-'], {
    env: { PATH: process.env.PATH, TALLYGATE_CONFIG: '/dev/null', ...environment() },
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  child.stdin.end([watch, phone, watch].map((agent, i) => `${line(fields(agent, i, now + i))}\n`).join(''));
  expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
  expect(await dropped()).toBe(2);
  await holdsOnlyThePhone(1);
});
