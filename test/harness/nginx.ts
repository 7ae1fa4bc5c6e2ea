// A real NGINX for a test: free port, temporary folder, the project's includes and njs bundle.

import { mkdir, readdir, readFile, readlink, rename, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { onTestFailed } from 'vitest';
import { layOutNginx, nginxConf, placesIn } from '../../app/nginx/lay-out.ts';
import type { Places } from '../../app/nginx/relocate.ts';
import { startNginx as start, workersOf } from '../../app/nginx/start.ts';
import type { Child } from '../../app/process/child.ts';
import { freePort } from '../../app/process/ports.ts';
import { until } from '../../app/process/until.ts';
import { projectRoot, temporaryFolder } from './folders.ts';

export type NginxOptions = {
  /** What stands inside the server block, beside `listen` and `root`. */
  server?: string;
  /** What stands in the http block behind `include tallygate/http.conf`. */
  http?: string;
  workers?: number;
  /** What stands at the top level. */
  main?: string;
  /** Whether http.conf is included (default true). */
  tallygate?: boolean;
  /** Files of the folder etc/, by name: keys.conf, salts.conf. Mode 0600. */
  etc?: Readonly<Record<string, string>>;
  /** Files of the folder www/, by name. */
  files?: Readonly<Record<string, string | Uint8Array>>;
  /** Where `serve` listens, host:port. */
  service?: string;
};

export type Nginx = {
  readonly port: number;
  readonly url: string;
  readonly dir: string;
  readonly places: Places;
  readonly child: Child;
  /** The lines of downloads.log for every request that was answered, by the only worker, parsed; each must be valid JSON. */
  records(): Promise<Record<string, unknown>[]>;
  /** Waits until there are `count` records. */
  waitForRecords(count: number): Promise<Record<string, unknown>[]>;
  errorLog(): Promise<string>;
  /** Reloads the configuration; resolves when the workers of the old one are gone. */
  reload(): Promise<void>;
  /**
   * Renames downloads.log and has NGINX open a new one, as logrotate does; resolves to the old file's path, once no
   * worker writes to it.
   */
  rotate(suffix?: string): Promise<string>;
  /** Stops it; throws if the error log holds an alert or worse (pass `{ allow }` for what a test provokes). */
  stop(options?: { allow?: RegExp }): Promise<void>;
};

/** Starts NGINX; the caller stops it, in afterAll or at the end of the test. */
export async function startNginx(options: NginxOptions = {}): Promise<Nginx> {
  const dir = await temporaryFolder('nginx');
  const port = await freePort();
  const workers = options.workers ?? 1;
  const places = placesIn(dir, options.service ?? '127.0.0.1:9');
  await layOutNginx(dir, places, projectRoot);
  await givePatience(places);
  await writeFiles(places.etc, options.etc ?? {}, 0o600);
  await writeFiles(path.join(dir, 'www'), options.files ?? {}, 0o644);
  const http = `${options.tallygate === false ? '' : 'include tallygate/http.conf;'}
${options.http ?? ''}
server {
    listen 127.0.0.1:${port};
    root ${dir}/www;
${options.server ?? ''}
}`;
  await writeFile(path.join(dir, 'nginx.conf'), nginxConf(dir, { http, main: options.main ?? '', workers }));

  const log = path.join(places.log, 'downloads.log');
  const errorLog = () => readFile(path.join(dir, 'log/error.log'), 'utf8').catch(() => '');
  const child = await start(dir, port);
  showOnFailure(errorLog);
  // With a cache there is one more, its manager, which is started behind them.
  await until(async () => (await workersOf(child.pid)).length >= workers, `${workers} workers`);

  const lines = async () =>
    (await readFile(log, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
  const parsed = async () => (await lines()).map((line) => JSON.parse(line) as Record<string, unknown>);
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    dir,
    places,
    child,
    async records() {
      await turn(port);
      return parsed();
    },
    waitForRecords: (count) =>
      until(
        async () => ((await lines()).length >= count ? parsed() : undefined),
        `${count} records in downloads.log`,
      ),
    errorLog,
    async reload() {
      const old = await workersOf(child.pid);
      child.kill('SIGHUP');
      await until(
        async () => !(await workersOf(child.pid)).some((pid) => old.includes(pid)),
        'the old workers to end',
      );
    },
    async rotate(suffix = '.1') {
      const old = log + suffix;
      await rename(log, old);
      child.kill('SIGUSR1');
      // The new file is there as soon as the master has made it: the workers turn to it later.
      await until(
        async () => !(await filesOf(await workersOf(child.pid))).includes(old),
        'NGINX to open a new downloads.log',
      );
      return old;
    },
    async stop({ allow } = {}) {
      await child.stop('SIGQUIT');
      const bad = (await errorLog())
        .split('\n')
        .filter((line) => /\[(alert|crit|emerg)\]/.test(line) && !allow?.test(line));
      if (bad.length > 0) throw new Error(`NGINX's error log holds:\n${bad.join('\n')}`);
    },
  };
}

/** NGINX asks the service with little patience. A machine that stood still for a while is no service that is down. */
async function givePatience(places: Places): Promise<void> {
  const file = path.join(places.includes, 'service.conf');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(/(proxy_(?:connect|read)_timeout) \d+s;/g, '$1 60s;'));
}

/** The files that processes have open. */
async function filesOf(pids: readonly number[]): Promise<string[]> {
  const folders = pids.map((pid) => `/proc/${pid}/fd`);
  const links = await Promise.all(
    folders.map(async (folder) => (await readdir(folder)).map((name) => path.join(folder, name))),
  );
  return Promise.all(links.flat().map((link) => readlink(link)));
}

/**
 * Resolves when a worker has answered something that is no request. A record is written just after its answer was sent: once
 * the worker has turned to this, it has written those of all answers before.
 */
function turn(port: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write('?\r\n\r\n'));
    // Where NGINX was stopped nothing more is written, either.
    socket.on('error', () => {}).once('close', () => resolve());
    socket.resume();
  });
}

async function writeFiles(dir: string, files: Readonly<Record<string, string | Uint8Array>>, mode: number) {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(dir, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content, { mode });
  }
}

/** Prints the error log of an NGINX that was started inside a test which then fails. */
function showOnFailure(errorLog: () => Promise<string>): void {
  try {
    onTestFailed(async () => void process.stderr.write(`--- NGINX's error log\n${await errorLog()}\n`));
  } catch {
    // Started in a beforeAll: there is no test to hang the hook on; `errorLog()` is at the file's disposal.
  }
}
