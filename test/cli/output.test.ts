// Every command, where its output cannot be written: the reader of the pipe has gone (`| head`), the disk is full.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import type { Command } from 'commander';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProgram } from '../../app/cli/program.ts';
import { newKey, newRing } from '../../app/keys/change.ts';
import { formatKeyFile } from '../../app/keys/file.ts';
import { createApiKey } from '../../app/service/keys/api-keys.ts';
import { projectRoot, temporaryFolder } from '../harness/folders.ts';
import { createDatabase, type TestDatabase } from '../harness/postgres.ts';
import { tallygate } from '../harness/program.ts';

/** What a run of a command needs; `dir` is its own. */
type Place = { dir: string; batch: string; apiKey: () => string };
type Row = {
  args: (place: Place) => string[];
  /** where it prints nothing here: why */
  silent?: string;
  /** its exit code where nobody reads, if not 0: why */
  ends?: [number, string];
};

const plain = (...args: string[]): Row => ({ args: () => args });
const agents = 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0';

/** Every command but those that run for ever, which print nothing: their log goes to standard error. */
const rows: Record<string, Row> = {
  '': plain('--help'),
  link: plain('link', '/files/album.zip'),
  explain: { ...plain('explain', 'https://dl.example.org/a?e=1&k=a1&s=x'), ends: [3, 'the link is refused'] },
  'keys generate': {
    args: ({ dir }) => {
      rmSync(path.join(dir, 'keys.conf'));
      return ['keys', 'generate'];
    },
  },
  'keys rotate': plain('keys', 'rotate'),
  'keys retire': plain('keys', 'retire', 'b2'),
  'keys adopt': plain(
    ...['keys', 'adopt', 'wp', '--expression', '$secure_link_expires$uri secret', '--signature', 'md5'],
    ...['--expires', 'expires'],
  ),
  'keys list': plain('keys', 'list'),
  'codes create': { ...plain('codes', 'create', '--label', 'x', '--files', '/a'), ends: [1, 'none is made'] },
  'codes print': { args: ({ batch }) => ['codes', 'print', batch], ends: [1, 'the codes went nowhere'] },
  'codes list': plain('codes', 'list'),
  'codes show': { args: ({ batch }) => ['codes', 'show', batch] },
  'codes revoke': { args: ({ batch }) => ['codes', 'revoke', batch, '--serial', '1'] },
  'codes attempts clear': plain('codes', 'attempts', 'clear'),
  'codes key': plain('codes', 'key'),
  'api-keys create': plain('api-keys', 'create', 'shop'),
  'api-keys list': plain('api-keys', 'list'),
  'api-keys revoke': { args: ({ apiKey }) => ['api-keys', 'revoke', apiKey()] },
  ingest: { args: ({ dir }) => ['ingest', path.join(dir, 'access.log')] },
  rebuild: plain('rebuild'),
  reclassify: plain('reclassify'),
  'classes test': plain('classes', 'test', agents),
  report: plain('report', 'files', '--csv'),
  export: { args: ({ dir }) => ['export', path.join(dir, 'pages')] },
  distribute: { ...plain('distribute'), silent: 'without Citus it ends with an error' },
  doctor: { ...plain('doctor'), ends: [1, 'no NGINX of ours is here'] },
  status: plain('status'),
  migrate: plain('migrate'),
  'salts rotate': plain('salts', 'rotate'),
  drained: { ...plain('drained'), silent: 'no log was read' },
};
const endless = ['serve', 'agent'];

function leaves(command: Command, name = ''): string[] {
  // All reports are one command, as far as printing goes.
  if (command.commands.length === 0 || name === 'report') return [name];
  return command.commands.flatMap((sub) => leaves(sub, `${name} ${sub.name()}`.trim()));
}

let database: TestDatabase;
let batch: string;
const apiKeys: string[] = [];
beforeAll(async () => {
  database = await createDatabase();
  const { env } = await place();
  const made = await tallygate(['codes', 'create', '--label', 'x', '--files', '/a', '--count', '2'], { env });
  batch = /Batch (\w{22})/.exec(made.stderr)?.[1] ?? '';
  for (const name of ['x', 'y']) apiKeys.push((await createApiKey(database.sql, name, ['read'])).id);
});
afterAll(() => database.drop());

/** A folder of its own for each run, so that no command sees what another has done to its files. */
async function place(): Promise<{ dir: string; env: Record<string, string> }> {
  const dir = await temporaryFolder('output');
  const file = (name: string) => path.join(dir, name);
  const ring = newRing(newKey('a1', new Date()));
  const two = { ...ring, keys: [...ring.keys, newKey('b2', new Date())] };
  await writeFile(file('keys.conf'), formatKeyFile([two]));
  await writeFile(file('codes.key'), `${'A'.repeat(43)}\n`);
  await writeFile(
    file('access.log'),
    `192.0.2.1 - - [21/Nov/2026:10:00:00 +0000] "GET /a.iso HTTP/1.1" 200 5 "-" "${agents}"\n`,
  );
  return {
    dir,
    env: {
      TALLYGATE_CONFIG: '/dev/null',
      TALLYGATE_DATABASE_URL: database.url,
      TALLYGATE_ORIGIN: 'http://127.0.0.1:1',
      TALLYGATE_KEYS_FILE: file('keys.conf'),
      TALLYGATE_AGENT_SALTS_FILE: file('salts.conf'),
      TALLYGATE_AGENT_LOGS: file('downloads.log'),
      TALLYGATE_AGENT_DENY_DIR: file('deny'),
    },
  };
}

/** Runs a row with this descriptor as its standard output. */
async function run(row: Row, stdout: number): Promise<{ code: number | null; stderr: string }> {
  const { dir, env } = await place();
  const args = row.args({ dir, batch, apiKey: () => apiKeys.pop() ?? '' });
  const child = spawn(process.execPath, [path.join(projectRoot, 'dist/tallygate.js'), ...args], {
    env: { PATH: process.env.PATH ?? '', HOME: dir, ...env },
    cwd: dir,
    stdio: ['ignore', stdout, 'pipe'],
  });
  closeSync(stdout);
  const [stderr, [code]] = await Promise.all([text(child.stderr as Readable), once(child, 'close')]);
  return { code, stderr };
}

/** The end of a pipe that nobody reads and nobody will. */
async function closedPipe(): Promise<number> {
  const fifo = path.join(await temporaryFolder('fifo'), 'pipe');
  await promisify(execFile)('mkfifo', [fifo]);
  const both = openSync(fifo, constants.O_RDWR);
  const writing = openSync(fifo, constants.O_WRONLY);
  closeSync(both);
  return writing;
}

test('every command has a row', async () => {
  expect([...Object.keys(rows), ...endless].sort()).toEqual(['', ...leaves(await createProgram())].sort());
});

test.each(Object.entries(rows))('%s', async (_, row) => {
  const [closed, full] = await Promise.all([
    run(row, await closedPipe()),
    run(row, openSync('/dev/full', 'w')),
  ]);
  for (const { stderr } of [closed, full]) expect(stderr).not.toMatch(/unexpected fault|^ {4}at |node:/m);
  if (row.silent) return;
  expect(closed.code, closed.stderr).toBe(row.ends?.[0] ?? 0);
  expect(full.stderr).toMatch(/^tallygate: cannot write the (?:output|codes): the disk is full \(ENOSPC\)$/m);
  expect(full.code).toBe(row.ends?.[0] ?? 1);
});

test('codes whose reader goes away are not made', async () => {
  const count = async () => (await database.sql`select count(*)::int as n from code_batches`)[0]?.n;
  const before = await count();
  const { stderr } = await run(rows['codes create'] as Row, await closedPipe());
  expect(stderr).toMatch(
    /cannot write the codes: nobody reads it any more \(EPIPE\)\n {2}No batch was made\./,
  );
  await run(rows['codes create'] as Row, openSync('/dev/full', 'w'));
  expect(await count()).toBe(before);
});
