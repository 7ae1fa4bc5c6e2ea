// The real agent beside a real PostgreSQL: what stands in the log is what stands in the tallies.

import { appendFile, mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Child } from '../../app/process/child.ts';
import { until } from '../../app/process/until.ts';
import { temporaryFolder } from '../harness/folders.ts';
import { createDatabase, type TestDatabase } from '../harness/postgres.ts';
import { spawnTallygate } from '../harness/program.ts';
import { line, lines, noon, visitor } from '../ingest/records.ts';

let database: TestDatabase;
let folder: string;
let log: string;
let agent: Child | undefined;

beforeEach(async () => {
  database = await createDatabase();
  folder = await temporaryFolder('agent');
  log = path.join(folder, 'downloads.log');
});
afterEach(async () => {
  await agent?.stop();
  agent = undefined;
  await database.drop();
});

async function start(): Promise<void> {
  agent = await spawnTallygate(['agent'], {
    env: {
      TALLYGATE_DATABASE_URL: database.url,
      TALLYGATE_AGENT_LOGS: log,
      TALLYGATE_AGENT_DENY_DIR: path.join(folder, 'deny'),
      TALLYGATE_AGENT_SALTS_FILE: path.join(folder, 'salts.conf'),
      TALLYGATE_EDGE: 'fra1',
    },
  });
}

type Totals = { lines: number; requests: number; rejects: number };

async function totals(): Promise<Totals> {
  const [row] = await database.sql<Totals[]>`
    select coalesce(sum(lines), 0)::int as lines, coalesce(sum(requests), 0)::int as requests,
      coalesce(sum(rejects), 0)::int as rejects from sources`;
  return row as Totals;
}

const read = (count: number) =>
  until(async () => (await totals()).lines >= count, `${count} lines to be read`).catch((error) => {
    throw new Error(`${error}\n${agent?.stderr()}`);
  });

const said = (pattern: RegExp) =>
  until(() => pattern.test(agent?.stderr() ?? ''), `the agent to say ${pattern}`).catch((error) => {
    throw new Error(`${error}\n${agent?.stderr()}`);
  });

it('counts requests, downloads, completed copies and bytes', async () => {
  await writeFile(
    log,
    lines([
      { visitor: visitor('whole') },
      { visitor: visitor('two ranges'), sent: 500, at: noon + 1 },
      { visitor: visitor('two ranges'), sent: 500, from: 500, at: noon + 2 },
      { visitor: visitor('aborted'), sent: 300 },
      { visitor: visitor('twice'), at: noon + 3 },
      { visitor: visitor('twice'), at: noon + 1000 },
      { visitor: visitor('nothing'), sent: 0 },
    ]),
  );
  await start();
  await read(7);
  const [row] = await database.sql`select * from report.files`;
  expect(row).toMatchObject({
    host: 'dl.example.org',
    path: '/files/a.iso',
    edge: 'fra1',
    class: 'person',
    requests: '7',
    downloads: '4',
    completed: '3',
    copies: '4',
    bytes: '4300',
  });
});

it('rejects what is no record, with a reason, and counts what follows', async () => {
  await writeFile(log, `${line()}\nnonsense\n${line({ status: 404 })}\n${line()}\n`);
  await start();
  await read(4);
  expect(await totals()).toEqual({ lines: 4, requests: 2, rejects: 2 });
  const rows = await database.sql`select line, reason from rejects order by line`;
  expect([...rows]).toEqual([
    { line: '2', reason: 'not_json' },
    { line: '3', reason: 'field_status' },
  ]);
});

it('follows a log through rotation, the old file too while NGINX still writes to it', async () => {
  await writeFile(log, lines([{}, {}]));
  await start();
  await read(2);
  await rename(log, `${log}.1`);
  await appendFile(`${log}.1`, lines([{}]));
  await read(3);
  await writeFile(log, lines([{}]));
  await read(4);
  await appendFile(`${log}.1`, lines([{}]));
  await read(5);
  expect(await totals()).toEqual({ lines: 5, requests: 5, rejects: 0 });
});

it('reads on where it was after kill -9, and no line twice', async () => {
  await writeFile(log, lines(Array.from({ length: 500 }, () => ({}))));
  await start();
  await read(500);
  agent?.kill('SIGKILL');
  await agent?.exited;
  await appendFile(log, lines([{}, {}]));
  await start();
  await read(502);
  expect(await totals()).toEqual({ lines: 502, requests: 502, rejects: 0 });
  const [row] = await database.sql`select requests, copies from report.files`;
  expect(row).toEqual({ requests: '502', copies: '502' });
});

it('leaves a line without its end until the end is written', async () => {
  const text = line();
  await writeFile(log, `${line()}\n${text.slice(0, 50)}`);
  await start();
  await read(1);
  await appendFile(log, `${text.slice(50)}\n`);
  await read(2);
  expect(await totals()).toEqual({ lines: 2, requests: 2, rejects: 0 });
});

it('reads a log anew whose beginning it knows and whose rest is another, and says so', async () => {
  const [first, second, third] = ['one', 'two', 'three'].map((name) => line({ visitor: visitor(name) }));
  await writeFile(log, `${first}\n${second}\n`);
  await start();
  await read(2);
  await agent?.stop();
  await writeFile(log, `${first}\n${third}\n`);
  await start();
  await read(4);
  await said(/other content stands before the cursor: read as a new log/);
  const visitors = await database.sql`select visitor from transfers order by 1`;
  expect(visitors).toHaveLength(3);
});

it('says which folder it cannot list, and follows the log in it once it is there', async () => {
  log = path.join(folder, 'later', 'downloads.log');
  await start();
  await said(/"path":"[^"]*later","reason":"ENOENT","msg":"this is not read"/);
  await mkdir(path.dirname(log));
  await writeFile(log, lines([{}]));
  await read(1);
});
