// logrotate itself, with the configuration that is shipped, beside a real NGINX and a real agent: nothing is lost, and
// only what PostgreSQL has every byte of is removed.

import { execFile } from 'node:child_process';
import { readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Child } from '../../app/process/child.ts';
import { until } from '../../app/process/until.ts';
import { startSite } from '../gate/site.ts';
import { projectRoot } from '../harness/folders.ts';
import type { Nginx } from '../harness/nginx.ts';
import { createDatabase, type TestDatabase } from '../harness/postgres.ts';
import { spawnTallygate } from '../harness/program.ts';
import { builtRelease } from './tree.ts';

const run = promisify(execFile);
let database: TestDatabase;
let nginx: Nginx;
let agent: Child | undefined;

beforeEach(async () => {
  database = await createDatabase();
  nginx = await startSite();
});
afterEach(async () => {
  await agent?.stop();
  agent = undefined;
  await nginx.stop();
  await database.drop();
});

const env = () => ({
  TALLYGATE_DATABASE_URL: database.url,
  TALLYGATE_AGENT_LOGS: path.join(nginx.places.log, 'downloads.log'),
  TALLYGATE_AGENT_DENY_DIR: path.join(nginx.places.state, 'deny'),
  TALLYGATE_AGENT_SALTS_FILE: path.join(nginx.places.etc, 'salts.conf'),
});

async function startAgent(): Promise<void> {
  agent = await spawnTallygate(['agent'], { env: env() });
}

async function stopAgent(): Promise<void> {
  await agent?.stop();
  agent = undefined;
}

/** One run of logrotate that rotates whatever the date. */
async function rotate(): Promise<void> {
  const { PATH = '' } = process.env;
  const shipped = await readFile(path.join(projectRoot, 'app/deploy/files/tallygate.logrotate'), 'utf8');
  const config = path.join(nginx.dir, 'logrotate.conf');
  // The places of this NGINX, and accounts that are here; the rest as it is shipped.
  const text = shipped
    .replaceAll('/var/log/tallygate', nginx.places.log)
    .replaceAll('/run/nginx.pid', `${nginx.dir}/nginx.pid`)
    .replaceAll('/usr/local/lib/tallygate/files', `${builtRelease}/files`)
    .replaceAll(
      'create 0640 www-data tallygate',
      process.getuid?.() === 0 ? 'create 0640 www-data root' : 'create 0640',
    );
  await writeFile(config, text, { mode: 0o644 });
  await run('logrotate', ['--force', '--state', path.join(nginx.dir, 'logrotate.state'), config], {
    env: { PATH, TALLYGATE_CONFIG: '/dev/null', TALLYGATE_LOG_FOLDER: nginx.places.log, ...env() },
  });
}

async function download(count: number): Promise<void> {
  for (let done = 0; done < count; done += 1) await (await fetch(`${nginx.url}/public/a.txt`)).text();
}

/** Waits until so many lines are counted; resolves to the report's number of requests. */
async function counted(lines: number): Promise<number> {
  return until(async () => {
    const [row] = await database.sql`select coalesce(sum(requests), 0)::int as requests from report.files`;
    return Number(row?.requests) >= lines ? Number(row?.requests) : undefined;
  }, `${lines} requests in the report`);
}

const rotated = async () => {
  const names = await readdir(nginx.places.log);
  return names.filter((name) => name.startsWith('downloads.log-')).sort();
};

/** As if the rotated logs had been rotated an hour ago. */
async function age(): Promise<void> {
  const then = new Date(Date.now() - 3_600_000);
  for (const name of await rotated()) await utimes(path.join(nginx.places.log, name), then, then);
}

/** Rotates; logrotate's names are by the second, so two rotations need two seconds. */
async function rotateAnew(): Promise<void> {
  const before = await rotated();
  const second = Math.floor(Date.now() / 1000);
  await until(() => Math.floor(Date.now() / 1000) > second, 'the next second');
  // NGINX writes a record after the answer, and logrotate leaves an empty log where it is.
  const log = path.join(nginx.places.log, 'downloads.log');
  await until(async () => (await stat(log)).size > 0, 'a record in the log');
  const reopened = async () => (await nginx.errorLog()).match(/#\d+: reopening logs$/gm)?.length ?? 0;
  const already = await reopened();
  await rotate();
  // Master and worker: until then what is downloaded is written to the rotated log.
  await until(async () => (await reopened()) >= already + 2, 'NGINX to write to the new log');
  await until(async () => (await rotated()).some((name) => !before.includes(name)), 'a rotated log');
}

it('loses nothing while downloads go on, removes what was read, keeps what was not', async () => {
  await startAgent();
  const downloads = download(300);
  await rotateAnew();
  await downloads;
  expect(await counted(300)).toBe(300);

  // Not read: the agent is down for this one.
  await stopAgent();
  await download(20);
  await rotateAnew();
  expect(await rotated()).toHaveLength(2);
  await age();
  await download(1);
  await rotateAnew();
  const left = await rotated();
  expect(left).toHaveLength(2);

  await startAgent();
  expect(await counted(321)).toBe(321);
  await age();
  await download(1);
  await rotateAnew();
  expect(await rotated()).toHaveLength(1);
  expect(await counted(322)).toBe(322);
});

it('removes nothing while PostgreSQL cannot say what it has', async () => {
  await download(5);
  await rotateAnew();
  await age();
  const { url } = database;
  database.url = 'postgres://nobody@127.0.0.1:9/none';
  await download(1);
  await expect(rotateAnew()).rejects.toThrow(/cannot reach PostgreSQL/);
  expect(await rotated()).toHaveLength(2);
  database.url = url;
});
