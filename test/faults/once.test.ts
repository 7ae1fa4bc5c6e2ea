// Faults (ARCHITECTURE.md) 47 and 48: `serve` dies while it makes what a client asked for with an Idempotency-Key.

import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Client, createClient } from '../../app/client/client.ts';
import { newKey, newRing } from '../../app/keys/change.ts';
import { formatKeyFile } from '../../app/keys/file.ts';
import { type Child, startChild } from '../../app/process/child.ts';
import { freePort } from '../../app/process/ports.ts';
import { until } from '../../app/process/until.ts';
import { projectRoot, temporaryFolder } from '../harness/folders.ts';
import { createDatabase, type TestDatabase } from '../harness/postgres.ts';
import { leaveOutput, tallygate } from '../harness/program.ts';

const folder = 'dist/failpoints-serve';
let database: TestDatabase;
let env: Record<string, string>;
let client: Client;
let ready: string;
const started: Child[] = [];

beforeAll(async () => {
  await promisify(execFile)(process.execPath, ['app/build.mjs', '--failpoints', folder], {
    cwd: projectRoot,
  });
  database = await createDatabase();
  const keysFile = path.join(await temporaryFolder('keys'), 'keys.conf');
  await writeFile(keysFile, formatKeyFile([newRing(newKey('a1', new Date()))]), { mode: 0o600 });
  const port = await freePort();
  env = {
    PATH: process.env.PATH ?? '',
    TALLYGATE_CONFIG: '/dev/null',
    TALLYGATE_DATABASE_URL: database.url,
    TALLYGATE_ORIGIN: `http://127.0.0.1:${port}`,
    TALLYGATE_KEYS_FILE: keysFile,
    TALLYGATE_SERVICE_PORT: String(port),
  };
  const made = await tallygate(['api-keys', 'create', 'shop', '--quiet'], { env });
  ready = `http://127.0.0.1:${port}/readyz`;
  // It tries for as long as a start takes on a machine that is busy.
  client = createClient(`http://127.0.0.1:${port}`, made.stdout.trim(), { retries: 60 });
});
afterAll(async () => {
  await Promise.all(started.map((child) => child.stop('SIGTERM')));
  await database.drop();
});

async function serve(failpoint?: string): Promise<Child> {
  const child = await startChild(
    process.execPath,
    [path.join(projectRoot, folder, 'tallygate.js'), 'serve'],
    {
      env: { ...env, ...(failpoint && { TALLYGATE_FAILPOINT: failpoint }) },
    },
  );
  await leaveOutput(child, 'serve');
  started.push(child);
  await until(async () => (await fetch(ready)).ok, 'serve to be ready', 120_000);
  return child;
}

async function rows(): Promise<number> {
  const [row] = await database.sql<{ n: number }[]>`
    select ((select count(*) from tokens) + (select count(*) from codes) + (select count(*) from redemptions))::int as n`;
  return row?.n ?? 0;
}

/** What is made: how, and how many rows that are. */
const makings: [string, (code: string) => Promise<unknown>, number][] = [
  ['a token', () => client.issue({ path: '/a' }), 1],
  ['tokens', () => client.issueMany([{ path: '/a' }, { path: '/b' }]), 2],
  ['codes', () => client.makeCodes({ label: 'x', paths: ['/a'], count: 3, force: true }), 3],
  ['a use of a code', (code) => client.redeem(code), 2],
];

for (const [fault, place, isMade] of [
  ['47: killed before COMMIT', 'made', false],
  ['48: killed between COMMIT and the answer', 'answering', true],
] as const)
  it.each(makings)(`${fault}: %s`, async (_what, make, size) => {
    const whole = await serve();
    const batch = await client.makeCodes({ label: 'x', paths: ['/a'], count: 1, force: true });
    await whole.stop('SIGTERM');
    const before = await rows();
    const frail = await serve(place);
    const asked = make(batch.codes[0]?.code as string);
    expect((await frail.exited).signal).toBe('SIGKILL');
    expect(await rows()).toBe(before + (isMade ? size : 0));
    await serve();
    const answer = JSON.stringify(await asked);
    expect(await rows()).toBe(before + size);
    // It is what was made: the links and codes of the answer are those of the rows.
    const tokens = await database.sql<
      { id: string }[]
    >`select id from tokens order by created_at desc limit 2`;
    const batches = await database.sql<{ id: string }[]>`
      select id from code_batches order by created_at desc limit 1`;
    expect([...tokens, ...batches].some(({ id }) => answer.includes(id))).toBe(true);
    await Promise.all(started.splice(0).map((child) => child.stop('SIGTERM')));
  });
