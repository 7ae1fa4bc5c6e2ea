// Once for the whole run: makes the folder that every temporary folder lies in, and one PostgreSQL with the migrated
// template that every test file's database is cloned from. A test that needs a PostgreSQL of its own is given a copy.

import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { connect } from '../../app/db/connection.ts';
import { migrate } from '../../app/db/migrate.ts';
import { newPassword, startCluster } from '../../app/run/cluster.ts';
import { copyCluster } from './copy-cluster.ts';
import { cpuSeconds } from './cpu-seconds.ts';
import { clusterLog, leave } from './leave.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where temporary folders are made. */
    runFolder: string;
    /** Address of the server's `postgres` database, as a superuser. */
    clusterUrl: string;
    templateDatabase: string;
    /** The folder of a stopped PostgreSQL, with the template database and `clusterUrl`'s password. */
    clusterTemplate: string;
  }
}

const templateDatabase = 'tallygate_template';

// Here processes end, and never the machine: what the kernel was given is safe. No query is long enough to be worth compiling.
const settings = {
  fsync: 'off',
  full_page_writes: 'off',
  jit: 'off',
  max_connections: '200',
  ...clusterLog,
};

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = await mkdtemp(path.join(tmpdir(), 'tallygate-test-'));
  await chmod(dir, 0o755);
  const remove = (name = '') => rm(path.join(dir, name), { recursive: true, force: true, maxRetries: 5 });
  try {
    const folder = path.join(dir, 'cluster');
    const clusterTemplate = path.join(dir, 'cluster-template');
    const password = newPassword();
    await makeTemplate(clusterTemplate, password);
    await copyCluster(clusterTemplate, folder);
    const cluster = await startCluster(folder, settings, password);
    const teardown = async () => {
      const before = cpuSeconds().ofChildren;
      await cluster.stop();
      const cost = cpuSeconds().ofChildren - before;
      if (process.env.CPU === '1')
        process.stdout.write(`CPU seconds of the PostgreSQL that all share: ${cost.toFixed(0)}\n`);
      const isClean = project.vitest.state.getTestModules().every((module) => module.ok());
      if (!leave || isClean) return remove();
      // Each file has dropped its database: only the log still says anything.
      await remove('cluster/data');
      await remove('cluster-template');
      const left = (await readdir(dir)).map((name) => `  ${path.join(dir, name)}\n`);
      process.stdout.write(`\nLeft of the failed tests, for you to look at and remove:\n${left.join('')}\n`);
    };
    project.provide('runFolder', dir);
    project.provide('clusterUrl', cluster.url());
    project.provide('templateDatabase', templateDatabase);
    project.provide('clusterTemplate', clusterTemplate);
    return teardown;
  } catch (error) {
    await remove();
    throw error;
  }
}

async function makeTemplate(folder: string, password: string): Promise<void> {
  const cluster = await startCluster(folder, settings, password);
  try {
    const sql = connect(cluster.url(), { max: 1 });
    await sql.unsafe(`create database ${templateDatabase}`);
    await sql.end();
    await migrate(cluster.url(templateDatabase));
  } finally {
    await cluster.stop();
  }
}
