// `make run` as a person meets it: the screen, the commands on it pasted into a shell, Ctrl-C.

import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Child, startChild } from '../../app/process/child.ts';
import { freePort } from '../../app/process/ports.ts';
import { until } from '../../app/process/until.ts';
import { projectRoot } from '../harness/folders.ts';

const program = path.join(projectRoot, 'dist/run.js');
let run: Child;
let screen: string;
let dir: string;

beforeAll(async () => {
  run = await startChild(process.execPath, [program], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
  });
  const shown = until(
    () => run.stdout().includes('Each download below') && run.stdout(),
    'the screen',
    60_000,
  );
  const ended = run.exited.then(() => Promise.reject(new Error(`make run ended: ${run.stderr()}`)));
  screen = await Promise.race([shown, ended]);
  dir = /\/\S*tallygate-run-\w+/.exec(screen)?.[0] ?? '';
});

afterAll(() => run.stop('SIGKILL'));

/** Processes whose command line names the run folder. */
function processes(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return command.includes(dir) ? [command] : [];
      } catch {
        return []; // it ended while we looked
      }
    });
}

test('the commands on the screen do what they say beside them', async () => {
  const start = screen.indexOf('Try it');
  const commands = screen.slice(screen.indexOf('\n', start), screen.indexOf('# what was downloaded'));
  const { stdout } = await promisify(execFile)('bash', ['-euc', commands], { encoding: 'utf8' });
  const promised = [...commands.matchAll(/# (\d{3})/g)].map((match) => match[1]);
  expect(promised).toHaveLength(4);
  expect(stdout.trim().split('\n')).toEqual(promised);
});

test('the downloads are followed on the screen, and no client address is on it', async () => {
  const followed = await until(() => {
    // Whole lines.
    const below = run
      .stdout()
      .slice(screen.length)
      .replace(/[^\n]*$/, '');
    return below.includes('"path":"/public/leaflet.pdf"') && below;
  }, 'the record of the leaflet');
  const line = followed.split('\n').find((text) => text.includes('/public/leaflet.pdf')) ?? '';
  const record = JSON.parse(line) as Record<string, unknown>;
  // The demo's own host is the same address as its visitor's.
  expect(Object.keys(record).filter((key) => String(record[key]).includes('127.0.0.1'))).toEqual(['host']);
  expect(record.edge).toBe('demo');
});

test('Ctrl-C stops what it started and removes its folder', async () => {
  expect(processes().length).toBeGreaterThan(2);
  run.kill('SIGINT');
  expect(await run.exited).toEqual({ code: 0, signal: null });
  expect(processes()).toEqual([]);
  expect(existsSync(dir)).toBe(false);
});

test('killed with -9 it leaves no process behind', async () => {
  const killed = await startChild(process.execPath, [program], { env: { PATH: process.env.PATH } });
  dir = await until(
    () =>
      killed.stdout().includes('Each download below') && /\/\S*tallygate-run-\w+/.exec(killed.stdout())?.[0],
    'the screen',
    60_000,
  );
  await killed.stop('SIGKILL');
  await until(() => processes().length === 0, 'every process to end');
  await rm(dir, { recursive: true });
});

test('an unreachable DATABASE_URL ends it at once with the remedy, and leaves nothing', async () => {
  const url = `postgres://me:hunter2@127.0.0.1:${await freePort()}/tallygate`;
  const failing = await startChild(process.execPath, [program], {
    env: { PATH: process.env.PATH, DATABASE_URL: url },
  });
  expect((await failing.exited).code).toBe(1);
  expect(failing.stderr()).toContain('cannot reach PostgreSQL');
  expect(failing.stderr()).not.toContain('hunter2');
});

test('a missing njs module is named with the remedy', async () => {
  const env = { PATH: process.env.PATH, NGINX_MODULES: '/nowhere' };
  const failing = await startChild(process.execPath, [program], { env });
  expect((await failing.exited).code).toBe(1);
  expect(failing.stderr()).toContain('libnginx-mod-http-js');
});
