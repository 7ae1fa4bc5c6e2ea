// With CITUS_URL set, every test's database is a distributed one: on the coordinator it names, and on each worker that
// this coordinator's own database knows. The tests are the same.

import { connect, type Sql } from '../../app/db/connection.ts';
import { distribute } from '../../app/db/distribute.ts';
import { migrate } from '../../app/db/migrate.ts';

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
  await on(url.href, async (sql) => {
    for (const { host, port, isCoordinator } of nodes) {
      if (isCoordinator) await sql`select citus_set_coordinator_host(${host}, ${port})`;
    }
    for (const { host, port, isCoordinator } of nodes) {
      if (!isCoordinator) await sql`select citus_add_node(${host}, ${port})`;
    }
  });
  if (!empty) {
    await migrate(url.href);
    await distribute(url.href, () => {});
  }
  return url.href;
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
