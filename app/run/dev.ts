// `make dev`: `make run` for whoever changes it. Builds again on every change and puts it to use at once; the database,
// with a year of history, stays in .dev/ between two runs.

import { execFile, fork } from 'node:child_process';
import { existsSync, watch } from 'node:fs';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startChild } from '../process/child.ts';
import { UserError } from '../user-error.ts';
import { postgresAccount } from './accounts.ts';
import { newPassword, startCluster } from './cluster.ts';
import { follow } from './follow.ts';
import { writeHistory } from './history.ts';
import { screen } from './screen.ts';
import { type Stack, startStack } from './stack.ts';

// From the bundle dist/dev.js.
const root = path.join(import.meta.dirname, '..');
const dir = path.resolve(process.env.DEV_DIR || path.join(root, '.dev'));
const say = (text: string) => process.stdout.write(`${text}\n`);

const interrupted = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
});
const stops: (() => unknown)[] = [];

process.exitCode = await main();
process.exit();

async function main(): Promise<number> {
  const starting = start();
  try {
    await Promise.race([starting, interrupted]);
    await interrupted;
    return 0;
  } catch (error) {
    complain(error);
    return 1;
  } finally {
    // Whatever is being started must be there to be stopped.
    await starting.catch(() => {});
    for (const stop of stops.reverse()) await stop();
  }
}

async function start(): Promise<void> {
  await mkdir(dir, { recursive: true });
  await chmod(dir, 0o755);
  await checkReach();
  // Before anything runs: what is changed from now on is noticed.
  const [app, njs] = await Promise.all([startBuilder('app/build.mjs'), startBuilder('njs/build.mjs')]);
  say(`starting PostgreSQL, in ${dir} ...`);
  const cluster = await startCluster(path.join(dir, 'postgres'), {}, await passwordOf());
  stops.push(() => cluster.stop());
  const site = path.join(dir, 'site');
  await rm(site, { recursive: true, force: true });
  const stack = await startStack(site, {
    databaseUrl: cluster.url(),
    progress: (step) => say(`starting ${step} ...`),
  });
  stops.push(() => stack.stop());
  await importHistory(stack);
  // What ends is started again with the next change.
  stack.failure.catch(complain);
  useChanges(stack, app, njs);
  say(screen(stack, `Ctrl-C stops it. The database stays in ${dir}: make dev-reset begins afresh.`));
  for (const follower of await follow(stack.logs)) stops.push(() => follower.stop());
}

/** Who is root runs PostgreSQL and NGINX's workers as others, who may not enter every folder. */
async function checkReach(): Promise<void> {
  const account = postgresAccount();
  try {
    if (account.uid !== undefined) await promisify(execFile)('ls', [dir], { ...account, cwd: '/' });
  } catch (error) {
    throw new UserError(
      `the user postgres cannot reach ${dir}`,
      'Name a folder that it can enter: make dev DEV_DIR=/var/tmp/tallygate-dev',
      { cause: error },
    );
  }
}

/** The superuser's password, the same for as long as the database lives. */
async function passwordOf(): Promise<string> {
  const file = path.join(dir, 'password');
  if (!existsSync(file)) await writeFile(file, newPassword(), { mode: 0o600 });
  return readFile(file, 'utf8');
}

/** Counts a year of downloads, once; broken off, it goes on where it was. */
async function importHistory({ databaseUrl }: Stack): Promise<void> {
  const made = path.join(dir, 'history');
  if (existsSync(made)) return;
  const log = path.join(dir, 'access.log');
  if (!existsSync(log)) {
    await writeHistory(`${log}.part`, new Date());
    await promisify(execFile)('mv', [`${log}.part`, log]);
  }
  say('counting a year of downloads, this once ...');
  const args = ['ingest', '--format', 'combined', '--host', 'dl.example.org', '--edge', 'history', log];
  const child = await startChild(process.execPath, [path.join(root, 'dist/tallygate.js'), ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      PATH: process.env.PATH ?? '',
      TALLYGATE_CONFIG: '/dev/null',
      TALLYGATE_DATABASE_URL: databaseUrl,
    },
  });
  void interrupted.then(() => child.stop());
  if ((await child.exited).code !== 0)
    throw new UserError(
      'the history was not counted',
      'Run make dev again, or make dev-reset to begin afresh.',
    );
  await writeFile(made, '');
  await rm(log);
}

/** Puts to use what changes: of the program and its pages, of njs, of the includes, of the schema and the views. */
function useChanges(stack: Stack, app: Builder, njs: Builder): void {
  let turn = Promise.resolve();
  const inTurn = (what: string, use: () => Promise<void>) => {
    turn = turn
      .then(use)
      .then(() => void say(`${what} in use: reload the page.`))
      .catch(complain);
  };
  app.use = () => inTurn('tallygate is built again,', stack.restart);
  njs.use = () => inTurn('njs is built again,', stack.reload);
  onChange('nginx', () => inTurn('The includes are', stack.reload));
  onChange('sql', () => inTurn('Tables and views are', stack.restart));
}

/** A build script that runs; `use` is called after each build that succeeds. */
type Builder = { use?: () => void };

/** Starts a build script that builds again on each change. Resolves when it has built once. */
async function startBuilder(script: string): Promise<Builder> {
  const builder = fork(path.join(root, script), ['--watch'], { cwd: root, detached: true });
  stops.push(() => endGroup(builder.pid));
  const told: Builder = {};
  await new Promise<void>((resolve, reject) => {
    builder.once('exit', () => reject(new UserError(`${script} ended`, 'Run: make build')));
    builder.on('message', ({ built }: { built: boolean }) => {
      resolve();
      if (built) told.use?.();
    });
  });
  return told;
}

/** Ends a build script and its esbuild, which would wait for ever for a script that ended within a build. */
function endGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, 'SIGTERM');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Calls `use` when a file below a folder has changed, once for what an editor or git writes together. */
function onChange(folder: string, use: () => void): void {
  let latest = 0;
  const watcher = watch(path.join(root, folder), { recursive: true }, async () => {
    latest += 1;
    const mine = latest;
    await delay(100);
    if (mine === latest) use();
  });
  stops.push(() => watcher.close());
}

function complain(error: unknown): void {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`tallygate: ${error.message}\n${error.remedy ? `  ${error.remedy}\n` : ''}`);
}
