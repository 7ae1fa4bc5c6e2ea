// Everything through PgBouncer in transaction mode, where each transaction may meet another server connection.

import { chmod, chown, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { explainConnection } from '../../app/db/connection.ts';
import { whileImporting } from '../../app/ingest/history/while-importing.ts';
import { type Child, startChild } from '../../app/process/child.ts';
import { freePort, isListening } from '../../app/process/ports.ts';
import { until } from '../../app/process/until.ts';
import { postgresAccount } from '../../app/run/accounts.ts';
import { startSite } from '../gate/site.ts';
import { temporaryFolder } from '../harness/folders.ts';
import type { Nginx } from '../harness/nginx.ts';
import { createDatabase, type TestDatabase } from '../harness/postgres.ts';
import { spawnTallygate, tallygate } from '../harness/program.ts';

let database: TestDatabase;
let pgbouncer: Child;
let nginx: Nginx;
let env: Record<string, string>;
const programs: Child[] = [];

beforeAll(async () => {
  database = await createDatabase({ template: false });
  const [bouncer, url] = await startPgbouncer(database.url);
  pgbouncer = bouncer;
  nginx = await startSite();
  env = {
    TALLYGATE_DATABASE_URL: `${url}?prepare=false`,
    TALLYGATE_ORIGIN: 'http://127.0.0.1',
    TALLYGATE_KEYS_FILE: path.join(nginx.places.etc, 'keys.conf'),
    TALLYGATE_SERVICE_PORT: String(await freePort()),
    TALLYGATE_AGENT_LOGS: path.join(nginx.places.log, 'downloads.log'),
    TALLYGATE_AGENT_DENY_DIR: path.join(nginx.places.state, 'deny'),
    TALLYGATE_AGENT_SALTS_FILE: path.join(nginx.places.etc, 'salts.conf'),
  };
});
afterAll(async () => {
  for (const program of programs) await program.stop();
  await nginx?.stop();
  await pgbouncer?.stop('SIGINT');
  await database?.drop();
});

/** PgBouncer with few server connections, so that transactions do change them. */
async function startPgbouncer(
  databaseUrl: string,
  ignored = 'lock_timeout, statement_timeout',
): Promise<[Child, string]> {
  const folder = await temporaryFolder('pgbouncer');
  const { hostname, port, username, password, pathname } = new URL(databaseUrl);
  const own = await freePort();
  const name = pathname.slice(1);
  const secret = password === '' ? '' : ` password=${decodeURIComponent(password)}`;
  const file = path.join(folder, 'pgbouncer.ini');
  await writeFile(
    file,
    `[databases]
${name} = host=${hostname} port=${port} dbname=${name} user=${username}${secret}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
unix_socket_dir =
ignore_startup_parameters = ${ignored}
auth_type = any
pool_mode = transaction
default_pool_size = 3
server_idle_timeout = 1
`,
    { mode: 0o600 },
  );
  const account = postgresAccount();
  // It refuses to run as root.
  if (account.uid !== undefined && account.gid !== undefined) await chown(file, account.uid, account.gid);
  await chmod(folder, 0o755);
  const child = await startChild('/usr/sbin/pgbouncer', [file], account);
  await until(async () => child.exit() !== undefined || isListening(own), 'PgBouncer to listen');
  if (child.exit()) throw new Error(child.stderr());
  return [child, `postgres://anyone@127.0.0.1:${own}/${name}`];
}

it('migrates, counts, issues and revokes', async () => {
  // At once, as the units of several hosts do.
  const migrations = await Promise.all([1, 2].map(() => tallygate(['migrate'], { env })));
  expect(migrations.map(({ code, stderr }) => `${code}${stderr}`)).toEqual(['0', '0']);
  const apiKey = (await tallygate(['api-keys', 'create', 'test', '--quiet'], { env })).stdout.trim();
  programs.push(await spawnTallygate(['serve'], { env }), await spawnTallygate(['agent'], { env }));
  const service = `http://127.0.0.1:${env.TALLYGATE_SERVICE_PORT}`;
  await until(async () => (await fetch(`${service}/readyz`)).ok, 'serve to be ready');
  const call = (route: string, body: unknown) =>
    fetch(`${service}/tallygate/api/v1/${route}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', host: '127.0.0.1' },
      body: JSON.stringify(body),
    });
  const issued = await Promise.all(
    Array.from({ length: 30 }, async () => {
      const response = await call('tokens', { path: '/files/a.txt', ttl: 600 });
      return (await response.json()) as { id: string; link: string };
    }),
  );
  const get = async ({ link }: { link: string }) => {
    const response = await fetch(link.replace('http://127.0.0.1', nginx.url));
    await response.text();
    return response.status;
  };
  // In three goes, so that there are several batches.
  for (const part of [issued.slice(0, 10), issued.slice(10, 20), issued.slice(20)]) {
    expect(new Set(await Promise.all(part.map(get)))).toEqual(new Set([200]));
    const done = issued.indexOf(part.at(-1) as (typeof issued)[number]) + 1;
    await until(async () => {
      const [row] =
        await database.sql`select coalesce(sum(completed), 0)::int as completed from report.files`;
      return row?.completed === done;
    }, `${done} completed downloads`);
  }
  const [first] = issued as [(typeof issued)[number]];
  expect((await call(`tokens/${first.id}/revoke`, {})).status).toBe(200);
  await until(async () => (await get(first)) === 410, 'the revoked link to be refused');
  const { stdout } = await tallygate(['drained', '--quiet-for', '0'], { env });
  expect(stdout).toBe('');
});

it('holds days open for an import, and only for as long', async () => {
  const holders = () => database.sql<{ inTransaction: boolean }[]>`
    select a.xact_start is not null as "inTransaction" from pg_locks l join pg_stat_activity a using (pid)
    where l.locktype = 'advisory' and l.mode = 'ExclusiveLock' and a.datname = current_database()`;
  // Outside of a transaction PgBouncer could close the connection, and with it give up the lock.
  expect(await whileImporting(env.TALLYGATE_DATABASE_URL ?? '', () => {}, holders)).toMatchObject([
    { inTransaction: true },
  ]);
  expect(await holders()).toHaveLength(0);
});

it('says what to do where PgBouncer refuses what a connection begins with', async () => {
  const [bouncer, url] = await startPgbouncer(database.url, '');
  programs.push(bouncer);
  const { code, stderr } = await tallygate(['serve'], {
    env: { ...env, TALLYGATE_DATABASE_URL: `${url}?prepare=false` },
  });
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('ignore_startup_parameters') });
});

it('says what to do where prepared statements are used all the same', () => {
  // When it happens is a matter of luck, which is why they must be switched off.
  for (const code of ['26000', '42P05']) {
    expect(explainConnection({ code }, 'postgres://me@host/db')).toMatchObject({
      remedy: expect.stringContaining('?prepare=false'),
    });
  }
});
