// Once for the whole run: makes the folder that every temporary folder lies in, starts one PostgreSQL and migrates the
// template that every test file's database is cloned from.

import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { connect } from '../../app/db/connection.ts';
import { migrate } from '../../app/db/migrate.ts';
import { startCluster } from '../../app/run/cluster.ts';
import { clusterLog, leave } from './leave.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where temporary folders are made. */
    runFolder: string;
    /** Address of the server's `postgres` database, as a superuser. */
    clusterUrl: string;
    templateDatabase: string;
  }
}

const templateDatabase = 'tallygate_template';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = await mkdtemp(path.join(tmpdir(), 'tallygate-test-'));
  await chmod(dir, 0o755);
  const remove = (name = '') => rm(path.join(dir, name), { recursive: true, force: true, maxRetries: 5 });
  try {
    // Durability is not under test here (test/faults has clusters of its own): speed is welcome.
    const settings = { fsync: 'off', full_page_writes: 'off', max_connections: '200', ...clusterLog };
    const cluster = await startCluster(path.join(dir, 'cluster'), settings);
    const teardown = async () => {
      await cluster.stop();
      const isClean = project.vitest.state.getTestModules().every((module) => module.ok());
      if (!leave || isClean) return remove();
      // Each file has dropped its database: only the log still says anything.
      await remove('cluster/data');
      const left = (await readdir(dir)).map((name) => `  ${path.join(dir, name)}\n`);
      process.stdout.write(`\nLeft of the failed tests, for you to look at and remove:\n${left.join('')}\n`);
    };
    try {
      const sql = connect(cluster.url(), { max: 1 });
      await sql.unsafe(`create database ${templateDatabase}`);
      await sql.end();
      await migrate(cluster.url(templateDatabase));
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    project.provide('runFolder', dir);
    project.provide('clusterUrl', cluster.url());
    project.provide('templateDatabase', templateDatabase);
    return teardown;
  } catch (error) {
    await remove();
    throw error;
  }
}
