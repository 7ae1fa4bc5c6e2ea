// Metrics and readiness of a service that runs: every name that the alerts and the dashboard use is really told, and
// readiness is false when nothing could be issued.

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { connect } from '../../app/db/connection.ts';
import { migrate } from '../../app/db/migrate.ts';
import { freePort } from '../../app/process/ports.ts';
import { until } from '../../app/process/until.ts';
import type { Cluster } from '../../app/run/cluster.ts';
import { etc } from '../gate/site.ts';
import { projectRoot, temporaryFolder } from '../harness/folders.ts';
import { createDatabase, startCluster } from '../harness/postgres.ts';
import { spawnTallygate, tallygate } from '../harness/program.ts';
import { lines } from '../ingest/records.ts';

type Service = { url: string; env: Record<string, string>; folder: string };

/** `tallygate serve` on a database, ready to answer. */
async function startServe(databaseUrl: string): Promise<Service> {
  const folder = await temporaryFolder('metrics');
  for (const [name, text] of Object.entries(etc()))
    await writeFile(path.join(folder, name), text, { mode: 0o600 });
  const port = await freePort();
  const env = {
    TALLYGATE_DATABASE_URL: databaseUrl,
    TALLYGATE_ORIGIN: 'https://dl.example.org',
    TALLYGATE_KEYS_FILE: path.join(folder, 'keys.conf'),
    TALLYGATE_SERVICE_PORT: String(port),
    TALLYGATE_AGENT_LOGS: path.join(folder, 'downloads.log'),
    TALLYGATE_AGENT_DENY_DIR: path.join(folder, 'deny'),
    TALLYGATE_AGENT_SALTS_FILE: path.join(folder, 'salts.conf'),
    TALLYGATE_EDGE: 'fra1',
  };
  const serve = await spawnTallygate(['serve'], { env });
  onTestFinished(async () => void (await serve.stop()));
  const url = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(`${url}/readyz`)).ok, 'serve to be ready');
  return { url, env, folder };
}

/** The samples of the page, by name and labels. */
async function scrape(url: string): Promise<Map<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(samples.map((line) => [line.replace(/ \S+$/, ''), Number(/\S+$/.exec(line)?.[0])]));
}

it('tells what the service does and how the agents are, by the names the alerts and the dashboard use', async () => {
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  const { url, env, folder } = await startServe(database.url);
  await writeFile(path.join(folder, 'downloads.log'), `${lines([{}, {}])}nonsense\n`);
  const agent = await spawnTallygate(['agent'], { env });
  onTestFinished(async () => void (await agent.stop()));
  const created = await tallygate(['api-keys', 'create', 'test', '--quiet'], { env });
  const issued = await fetch(`${url}/tallygate/api/v1/tokens`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${created.stdout.trim()}`,
      'content-type': 'application/json',
      host: 'dl.example.org',
    },
    body: JSON.stringify({ path: '/files/a.iso', ttl: 60 }),
  });
  await until(
    async () => (await scrape(url)).get('tallygate_log_lines_total{edge="fra1",outcome="counted"}') === 2,
    'two lines',
  );
  // A scrape says nothing of agents where PostgreSQL takes longer than it waits.
  const samples = await until(async () => {
    const all = await scrape(url);
    return [...all.keys()].some((name) => name.startsWith('tallygate_agent_seen')) && all;
  }, 'a heartbeat');
  expect(samples.get('tallygate_log_lines_total{edge="fra1",outcome="rejected"}')).toBe(1);
  expect(samples.get('tallygate_log_rejects_total{reason="not_json"}')).toBe(1);
  expect(samples.get('tallygate_database_up')).toBe(1);
  expect(issued.status).toBe(201);
  expect(
    samples.get('tallygate_http_requests_total{route="/tallygate/api/v1/tokens",method="POST",status="201"}'),
  ).toBe(1);
  expect(samples.get('tallygate_tokens_issued_total')).toBe(1);

  const page = await (await fetch(`${url}/metrics`)).text();
  const told = new Set(
    [...page.matchAll(/^# TYPE (\S+) (\S+)/gm)].flatMap(([, name = '', type]) =>
      type === 'histogram' ? [`${name}_bucket`] : [name],
    ),
  );
  for (const file of ['prometheus-alerts.yml', 'grafana-dashboard.json']) {
    const text = await readFile(path.join(projectRoot, 'app/deploy/files', file), 'utf8');
    for (const name of new Set(text.match(/\btallygate_[a-z_]+/g)))
      expect([...told], `${file}: ${name}`).toContain(name);
  }
  // Nothing of it is reached through NGINX, which passes on /tallygate/ alone.
  expect((await fetch(`${url}/tallygate/metrics`, { headers: { host: 'dl.example.org' } })).status).not.toBe(
    200,
  );
});

async function migratedCluster(): Promise<Cluster> {
  const cluster = await startCluster();
  await migrate(cluster.url());
  return cluster;
}

it('is alive and not ready while PostgreSQL hangs, is gone, or takes no writes; and ready again', async () => {
  const cluster = await migratedCluster();
  const { url } = await startServe(cluster.url());
  const ready = async () => (await fetch(`${url}/readyz`)).status;

  const sql = connect(cluster.url(), { max: 1 });
  const database = 'alter database postgres set default_transaction_read_only =';
  await sql.unsafe(`${database} on`);
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tallygate' and pid <> pg_backend_pid()`;
  await until(async () => (await ready()) === 503, 'a read-only server to be noticed');
  await sql.begin('read write', (tx) => tx.unsafe(`${database} off`));
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tallygate' and pid <> pg_backend_pid()`;
  await until(async () => (await ready()) === 200, 'it to be ready again');

  await sql.begin(async (tx) => {
    await tx`lock table tokens in access exclusive mode`;
    expect(await ready()).toBe(503);
  });
  await sql.end();
  await until(async () => (await ready()) === 200, 'it to be ready again');

  await cluster.server.stop('SIGINT');
  expect(await ready()).toBe(503);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect((await scrape(url)).get('tallygate_database_up')).toBe(0);
  await cluster.restart();
  await until(async () => (await ready()) === 200, 'it to be ready again');
});
