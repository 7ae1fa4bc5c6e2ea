// Once for the whole run: starts one PostgreSQL and migrates the template that every test file's database is
// cloned from.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { connect } from '../../app/db/connection.ts';
import { migrate } from '../../app/db/migrate.ts';
import { startCluster } from '../../app/run/cluster.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the server's `postgres` database, as a superuser. */
    clusterUrl: string;
    templateDatabase: string;
  }
}

const templateDatabase = 'tallygate_template';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = await mkdtemp(path.join(tmpdir(), 'tallygate-test-postgres-'));
  // Durability is not under test here (test/faults has clusters of its own): speed is welcome.
  const cluster = await startCluster(dir, { fsync: 'off', full_page_writes: 'off', max_connections: '200' });
  const stop = async () => {
    await cluster.stop();
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const sql = connect(cluster.url(), { max: 1 });
    await sql.unsafe(`create database ${templateDatabase}`);
    await sql.end();
    await migrate(cluster.url(templateDatabase));
  } catch (error) {
    await stop();
    throw error;
  }
  project.provide('clusterUrl', cluster.url());
  project.provide('templateDatabase', templateDatabase);
  return stop;
}
