// Faults (ARCHITECTURE.md) 45 and 46: PostgreSQL freezes, stops, or keeps a table locked. The service answers all the same,
// and what has nothing to do with it goes on.

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { migrate } from '../../app/db/migrate.ts';
import { newKey, newRing } from '../../app/keys/change.ts';
import { formatKeyFile } from '../../app/keys/file.ts';
import { freePort } from '../../app/process/ports.ts';
import { until } from '../../app/process/until.ts';
import type { Cluster } from '../../app/run/cluster.ts';
import { temporaryFolder } from '../harness/folders.ts';
import { createDatabase, startCluster, type TestDatabase } from '../harness/postgres.ts';
import { spawnTallygate, tallygate } from '../harness/program.ts';
import { freeze } from './server-processes.ts';

let ask: (at: string, init?: RequestInit) => Promise<Response>;
let issue: (at: string, body: unknown) => Promise<Response>;
/** One that nobody has redeemed. */
let code: string;

async function startService(databaseUrl: string, patience: number): Promise<void> {
  const folder = await temporaryFolder('away');
  const keysFile = path.join(folder, 'keys.conf');
  await writeFile(keysFile, formatKeyFile([newRing(newKey('a1', new Date()))]), { mode: 0o600 });
  const port = await freePort();
  const env = {
    TALLYGATE_DATABASE_URL: databaseUrl,
    TALLYGATE_ORIGIN: 'https://dl.example.org',
    TALLYGATE_KEYS_FILE: keysFile,
    TALLYGATE_CODES_KEY_FILE: path.join(folder, 'codes.key'),
    TALLYGATE_PUBLIC_FOLDERS: '/public/=/srv/public',
    TALLYGATE_SERVICE_PORT: String(port),
    TALLYGATE_SERVICE_DATABASE_PATIENCE: String(patience),
  };
  const { stdout } = await tallygate(['api-keys', 'create', 'away', '--scopes', 'issue,read', '--quiet'], {
    env,
  });
  const serve = await spawnTallygate(['serve'], { env });
  const authorization = `Bearer ${stdout.trim()}`;
  ask = (at, init = {}) =>
    fetch(`http://127.0.0.1:${port}${at}`, { ...init, headers: { authorization, ...init.headers } });
  issue = (at, body) =>
    ask(at, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  await until(async () => (await ask('/readyz')).ok, 'serve to be ready');
  const made = await issue(`${api}/codes`, album);
  code = ((await made.json()) as { codes: { code: string }[] }).codes[0]?.code as string;
  onTestFinished(() => void serve.stop('SIGTERM'));
}

const api = '/tallygate/api/v1';
const album = { label: 'Album', count: 1, paths: ['/files/a.iso'] };
const form = { origin: 'https://dl.example.org', 'content-type': 'application/x-www-form-urlencoded' };
/** One of each kind of request that needs PostgreSQL. */
const needing: [string, () => Promise<Response>][] = [
  ['a token', () => issue(`${api}/tokens`, { path: '/files/a.iso' })],
  ['many tokens', () => issue(`${api}/tokens/batch`, { tokens: [{ path: '/files/a.iso' }] })],
  ['codes', () => issue(`${api}/codes`, album)],
  ['a redemption', () => issue(`${api}/codes/redeem`, { code })],
  ['a token read', () => ask(`${api}/tokens/AAAAAAAAAAAA`)],
  ['the list of tokens', () => ask(`${api}/tokens`)],
  ['files', () => ask(`${api}/files`)],
  ['the status', () => ask(`${api}/status`)],
  ['a report', () => ask(`${api}/reports/files`)],
  ['a report as CSV', () => ask(`${api}/reports/files.csv`)],
  [
    'what NGINX asks',
    () =>
      ask('/tallygate/internal/authorize', {
        headers: { 'x-tallygate-token': 'x', 'x-tallygate-path': '/a' },
      }),
  ],
  [
    'the form of a code',
    () => ask('/tallygate/redeem', { method: 'POST', body: `code=${code}`, headers: form }),
  ],
  ['the public list', () => ask('/tallygate/')],
  ['the overview', () => ask('/tallygate/reports')],
  ['readiness', () => ask('/readyz')],
];
/** What needs no PostgreSQL. */
const without = ['/healthz', '/tallygate/api', '/tallygate/api/openapi.json'];

async function statuses(of: typeof needing): Promise<Record<string, number>> {
  const asked = of.map(async ([name, request]) => [name, (await request()).status] as const);
  return Object.fromEntries(await Promise.all(asked));
}

const allAre = (status: number) => Object.fromEntries(needing.map(([name]) => [name, status]));

test.each([
  ['frozen', async (cluster: Cluster) => freeze(cluster)],
  [
    'stopped',
    async (cluster: Cluster) => {
      await cluster.server.stop('SIGINT');
      return () => cluster.restart();
    },
  ],
])(
  '45: PostgreSQL is %s: every request is answered, and all is well when it is back',
  async (_, takeAway) => {
    const cluster = await startCluster();
    await migrate(cluster.url());
    await startService(cluster.url(), 1);
    const bringBack = await takeAway(cluster);
    try {
      // All at once, and before anybody knows: these wait for PostgreSQL when it is found to be away.
      expect(await statuses(needing)).toEqual(allAre(503));
      const late = await ask(`${api}/status`);
      expect(late.headers.get('retry-after')).toBe('5');
      expect(await late.json()).toMatchObject({
        detail: 'The database cannot be reached. Try again in a moment.',
      });
      for (const at of without) expect((await ask(at)).status, at).toBe(200);
    } finally {
      await bringBack();
    }
    await until(async () => (await ask(`${api}/status`)).ok, 'it to be well again');
    await until(async () => (await issue(`${api}/tokens`, { path: '/files/a.iso' })).ok, 'tokens again');
  },
);

test('46: a table is locked: who waits for it too long is told so', async () => {
  const { sql } = await startOnDatabase(1);
  await sql.begin(async (transaction) => {
    await transaction`lock table tokens in access exclusive mode`;
    const refused = await issue(`${api}/tokens`, { path: '/files/a.iso' });
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ detail: 'The database is busy. Try again in a moment.' });
  });
  expect((await issue(`${api}/tokens`, { path: '/files/a.iso' })).status).toBe(201);
});

test('46: a table is locked: however many wait for it, the others are answered', async () => {
  const { sql } = await startOnDatabase(120);
  const waiting = await sql.begin(async (transaction) => {
    await transaction`lock table tokens in access exclusive mode`;
    // More than there are connections.
    const lists = Array.from({ length: 40 }, () => ask(`${api}/tokens`));
    await until(async () => {
      const locks = await sql`
        select from pg_locks where not granted and relation = 'tokens'::regclass
          and database = (select oid from pg_database where datname = current_database())`;
      return locks.length === 10;
    }, 'every connection to wait for the lock');
    for (const at of ['status', 'files', 'reports/files']) {
      expect((await ask(`${api}/${at}`)).status, at).toBe(200);
    }
    return { lists };
  });
  const answers = await Promise.all(waiting.lists);
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
});

async function startOnDatabase(patience: number): Promise<TestDatabase> {
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  await startService(database.url, patience);
  return database;
}
