// With CITUS_URL set, every test's database is a distributed one: on the coordinator it names, and on each worker that
// this coordinator's own database knows. The tests are the same.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { connect, type Sql } from '../../app/db/connection.ts';
import { distribute } from '../../app/db/distribute.ts';
import { migrate } from '../../app/db/migrate.ts';
import { postgresAccount } from '../../app/run/accounts.ts';
import { type Cluster, newPassword, postgresPrograms, startCluster } from '../../app/run/cluster.ts';
import { temporaryFolder } from './folders.ts';
import { clusterLog } from './leave.ts';

type Node = { host: string; port: number; isCoordinator: boolean };

/** Makes `name` on every node and joins them; with our tables, distributed, unless `empty`. */
export async function createDistributedDatabase(
  citusUrl: string,
  name: string,
  empty: boolean,
): Promise<string> {
  const nodes = await nodesOf(citusUrl);
  for (const node of nodes) {
    await on(at(citusUrl, node), (sql) => sql.unsafe(`create database ${name}`));
    await on(at(citusUrl, node, name), (sql) => sql`create extension citus`);
  }
  const url = new URL(citusUrl);
  url.pathname = `/${name}`;
  await changingRoles(citusUrl, () => on(url.href, (sql) => join(sql, nodes)));
  if (!empty) {
    await migrate(url.href);
    await distribute(url.href, () => {});
  }
  return url.href;
}

/** Whether the PostgreSQL of this machine can be made a Citus of its own. */
export function hasCitus(): boolean {
  const config = path.join(postgresPrograms(), 'pg_config');
  if (!existsSync(config)) return false;
  return existsSync(
    path.join(execFileSync(config, ['--pkglibdir'], { encoding: 'utf8' }).trim(), 'citus.so'),
  );
}

export type CitusCluster = { coordinator: Cluster; workers: Cluster[]; url: string };

/**
 * A coordinator with two workers for one test alone, that it may kill, with our tables, distributed; stopped when the
 * test ends.
 */
export async function startCitus(settings: Readonly<Record<string, string>> = {}): Promise<CitusCluster> {
  const folder = await temporaryFolder('citus');
  // What they log in to each other with. One for all: whoever joins takes over the coordinator's roles.
  const password = newPassword();
  const passwordFile = path.join(folder, 'pgpass');
  await writeFile(passwordFile, `127.0.0.1:*:*:tallygate:${password}\n`, { mode: 0o600 });
  const { uid, gid } = postgresAccount();
  if (uid !== undefined && gid !== undefined) await chown(passwordFile, uid, gid);
  const before = process.env.PGPASSFILE;
  process.env.PGPASSFILE = passwordFile;
  const clusters: Cluster[] = [];
  onTestFinished(async () => {
    if (before === undefined) delete process.env.PGPASSFILE;
    else process.env.PGPASSFILE = before;
    for (const cluster of clusters) await cluster.stop();
  });
  const common = {
    shared_preload_libraries: 'citus',
    max_prepared_transactions: '100',
    'citus.node_conninfo': 'sslmode=disable',
    // What a crash leaves between the two phases is settled this often.
    'citus.recover_2pc_interval': '1s',
    ...settings,
    ...clusterLog,
  };
  for (const name of ['coordinator', 'worker1', 'worker2'])
    clusters.push(await startCluster(path.join(folder, name), common, password));
  const [coordinator, ...workers] = clusters as [Cluster, ...Cluster[]];
  const nodes = clusters.map(({ port }, index) => ({ host: '127.0.0.1', port, isCoordinator: index === 0 }));
  for (const cluster of clusters) await on(cluster.url(), (sql) => sql`create extension citus`);
  await on(coordinator.url(), (sql) => join(sql, nodes));
  await migrate(coordinator.url());
  await distribute(coordinator.url(), () => {});
  return { coordinator, workers, url: coordinator.url() };
}

async function join(sql: Sql, nodes: readonly Node[]): Promise<void> {
  for (const { host, port, isCoordinator } of nodes) {
    if (isCoordinator) await sql`select citus_set_coordinator_host(${host}, ${port})`;
  }
  for (const { host, port, isCoordinator } of nodes) {
    if (!isCoordinator) await sql`select citus_add_node(${host}, ${port})`;
  }
}

/**
 * One test at a time: roles are the cluster's and not a database's, and whoever joins nodes writes every role anew. Two
 * at once fail with "tuple concurrently updated".
 */
export async function changingRoles<T>(citusUrl: string, work: () => Promise<T>): Promise<T> {
  return on(citusUrl, (sql) =>
    sql.begin(async (tx) => {
      await tx`select pg_advisory_xact_lock(${String(0x74657374726f6c65n)})`;
      return work();
    }),
  ) as Promise<T>;
}

/** Removes it from every node. */
export async function dropDistributedDatabase(citusUrl: string, name: string): Promise<void> {
  for (const node of await nodesOf(citusUrl))
    await on(at(citusUrl, node), (sql) => sql.unsafe(`drop database if exists ${name} with (force)`));
}

function nodesOf(citusUrl: string): Promise<Node[]> {
  return on(
    citusUrl,
    (sql) => sql<Node[]>`
      select nodename as host, nodeport as port, groupid = 0 as "isCoordinator" from pg_dist_node order by groupid`,
  );
}

/** The address of a node, with the user and password of the coordinator's. */
function at(citusUrl: string, { host, port }: Node, database?: string): string {
  const url = new URL(citusUrl);
  url.hostname = host;
  url.port = String(port);
  url.pathname = `/${database ?? 'postgres'}`;
  return url.href;
}

async function on<T>(url: string, work: (sql: Sql) => PromiseLike<T>): Promise<T> {
  const sql = connect(url, { max: 1 });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
