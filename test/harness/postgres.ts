// A database of its own for each test file, cloned from the migrated template.

import { randomBytes } from 'node:crypto';
import { inject, onTestFinished } from 'vitest';
import { connect, errorCode, type Sql } from '../../app/db/connection.ts';
import { until } from '../../app/process/until.ts';
import { type Cluster, startCluster as startClusterIn } from '../../app/run/cluster.ts';
import { changingRoles, createDistributedDatabase, dropDistributedDatabase } from './citus.ts';
import { copyCluster } from './copy-cluster.ts';
import { temporaryFolder } from './folders.ts';
import { clusterLog } from './leave.ts';

export type TestDatabase = { url: string; sql: Sql; drop(): Promise<void> };

/**
 * Clones the template; with `template: false` an empty database. Call `drop` in afterAll. With CITUS_URL set it is a
 * distributed one.
 */
export async function createDatabase(options: { template?: boolean } = {}): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const citus = process.env.CITUS_URL;
  const isEmpty = options.template === false;
  const url = citus
    ? await createDistributedDatabase(citus, name, isEmpty)
    : await cloneDatabase(name, isEmpty ? 'template0' : inject('templateDatabase'));
  const sql = connect(url, { max: 4 });
  return {
    url,
    sql,
    async drop() {
      await sql.end({ timeout: 5 });
      if (citus) await dropDistributedDatabase(citus, name);
      else await whenNobodyIsIn(`drop database if exists ${name} with (force)`);
    },
  };
}

async function cloneDatabase(name: string, template: string): Promise<string> {
  await whenNobodyIsIn(`create database ${name} template ${template}`);
  const url = new URL(inject('clusterUrl'));
  url.pathname = `/${name}`;
  return url.href;
}

/** Connects as someone who was given the role tallygate_reader; ended and removed when the test ends. */
export async function connectReader(database: TestDatabase): Promise<Sql> {
  const role = `reader_${randomBytes(6).toString('hex')}`;
  const url = new URL(database.url);
  url.username = role;
  url.password = randomBytes(12).toString('hex');
  const change = (statement: string) => {
    const citus = process.env.CITUS_URL;
    const run = async () => void (await database.sql.unsafe(statement));
    return citus ? changingRoles(citus, run) : run();
  };
  await change(`create role ${role} login password '${url.password}' in role tallygate_reader`);
  const reader = connect(url.href, { max: 1 });
  onTestFinished(async () => {
    await reader.end({ timeout: 5 });
    await change(`drop role ${role}`);
  });
  return reader;
}

/**
 * A PostgreSQL for one test alone, that it may kill; stopped and removed when the test ends. It holds the migrated database
 * `inject('templateDatabase')`.
 */
export async function startCluster(settings: Readonly<Record<string, string>> = {}): Promise<Cluster> {
  const folder = await temporaryFolder('postgres');
  await copyCluster(inject('clusterTemplate'), folder);
  const { password } = new URL(inject('clusterUrl'));
  return ofThisTest(startClusterIn(folder, { fsync: 'off', ...settings, ...clusterLog }, password));
}

/** The same as a distribution makes it: without our tables and roles. */
export async function startEmptyCluster(): Promise<Cluster> {
  return ofThisTest(startClusterIn(await temporaryFolder('postgres'), { fsync: 'off', ...clusterLog }));
}

async function ofThisTest(starting: Promise<Cluster>): Promise<Cluster> {
  const cluster = await starting;
  onTestFinished(() => cluster.stop());
  return cluster;
}

/**
 * Runs what PostgreSQL does only to a database without sessions. It waits five seconds for those that are ending, and for
 * autovacuum; on a busy machine that may be too short.
 */
async function whenNobodyIsIn(statement: string): Promise<void> {
  const sql = connect(inject('clusterUrl'), { max: 1 });
  const inUse = '55006';
  try {
    const { error } = await until(async () => {
      const error = await sql.unsafe(statement).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      return errorCode(error) !== inUse && { error };
    }, `nobody to be in the database: ${statement}`);
    if (error) throw error;
  } finally {
    await sql.end({ timeout: 5 });
  }
}
