// One measurement each: the agent, GoAccess, \copy. Times are from the start of the program to its result.

import { execFileSync, spawn } from 'node:child_process';
import { linkSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { connect } from '../../../app/db/connection.ts';
import { migrate } from '../../../app/db/migrate.ts';
import { until } from '../../../app/process/until.ts';
import { type Cluster, postgresPrograms } from '../../../app/run/cluster.ts';
import { rowColumns } from './generate.ts';

export type Bench = { cluster: Cluster; folder: string };
export type Agent = { url: string; log: string; rss: () => number; stop: () => Promise<void> };

/** A fresh database; its address. */
async function freshDatabase({ cluster }: Bench): Promise<string> {
  const admin = connect(cluster.url(), { max: 1 });
  await admin.unsafe('drop database if exists bench with (force)');
  await admin.unsafe('create database bench');
  // The last measurement's dirty pages are not to be this one's work.
  await admin.unsafe('checkpoint');
  await admin.end();
  const url = cluster.url('bench');
  await migrate(url, path.resolve('sql'));
  return url;
}

/** A fresh database and an agent that follows a log in a folder of its own. */
export async function startAgent(bench: Bench, existing?: string): Promise<Agent> {
  const url = await freshDatabase(bench);
  const dir = mkdtempSync(path.join(bench.folder, 'agent-'));
  const log = path.join(dir, 'downloads.log');
  if (existing) linkSync(existing, log);
  const child = spawn(process.execPath, ['dist/tallygate.js', 'agent'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env.PATH,
      TALLYGATE_CONFIG: '/dev/null',
      TALLYGATE_LOG_LEVEL: 'error',
      TALLYGATE_DATABASE_URL: url,
      TALLYGATE_EDGE: 'fra1',
      TALLYGATE_AGENT_LOGS: log,
      TALLYGATE_AGENT_DENY_DIR: path.join(dir, 'deny'),
      TALLYGATE_AGENT_SALTS_FILE: path.join(dir, 'salts.conf'),
    },
  });
  const rss = () => {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) * 1024;
  };
  const stop = async () => {
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await exited;
    rmSync(dir, { recursive: true });
  };
  return { url, log, rss, stop };
}

/** Seconds until every line of a log is counted, and the agent's peak memory in bytes. */
export async function ingest(
  bench: Bench,
  log: string,
  lines: number,
): Promise<{ seconds: number; rss: number }> {
  const agent = await startAgent(bench, log);
  const startedAt = performance.now();
  const sql = connect(agent.url, { max: 1 });
  try {
    const counted = async () => {
      const [row] = await sql`select coalesce(sum(requests), 0)::int as requests from sources`;
      return row?.requests === lines;
    };
    await until(counted, `${lines} lines to be counted`, 600_000);
    const seconds = (performance.now() - startedAt) / 1000;
    const [sums] = await sql`select sum(requests)::int as requests from tallies`;
    if (sums?.requests !== lines) throw new Error(`the tallies say ${sums?.requests} of ${lines} requests`);
    return { seconds, rss: agent.rss() };
  } finally {
    await sql.end();
    await agent.stop();
  }
}

/** Seconds that `tallygate ingest` takes to count a combined log into a fresh database. */
export async function importCombined(bench: Bench, combined: string, lines: number): Promise<number> {
  const url = await freshDatabase(bench);
  const startedAt = performance.now();
  execFileSync(process.execPath, ['dist/tallygate.js', 'ingest', combined], {
    stdio: 'ignore',
    env: {
      PATH: process.env.PATH,
      TALLYGATE_CONFIG: '/dev/null',
      TALLYGATE_DATABASE_URL: url,
      TALLYGATE_EDGE: 'fra1',
    },
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const sql = connect(url, { max: 1 });
  const [sums] = await sql`select sum(requests)::int as requests from tallies`;
  await sql.end();
  if (sums?.requests !== lines) throw new Error(`the tallies say ${sums?.requests} of ${lines} requests`);
  return seconds;
}

/** Seconds that GoAccess takes to read the log and write its report. */
export function goaccess(combined: string): number {
  const out = `${combined}.json`;
  const startedAt = performance.now();
  execFileSync('goaccess', [combined, '--log-format=COMBINED', '--no-progress', '-o', out], {
    stdio: 'ignore',
  });
  rmSync(out);
  return (performance.now() - startedAt) / 1000;
}

/** Seconds that psql takes to copy the rows into a table without any index. */
export function copyRows({ cluster }: Bench, rows: string): number {
  const psql = (command: string) =>
    execFileSync(path.join(postgresPrograms(), 'psql'), ['-qX', '-d', cluster.url(), '-c', command], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  psql(`create table bare (${rowColumns})`);
  psql('checkpoint');
  const startedAt = performance.now();
  psql(`\\copy bare from '${rows}'`);
  const seconds = (performance.now() - startedAt) / 1000;
  psql('drop table bare');
  return seconds;
}
