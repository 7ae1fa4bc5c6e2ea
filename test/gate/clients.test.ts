// What real programs do to a gated file, and what NGINX's own cache of files does to a denial.

import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startChild } from '../../app/process/child.ts';
import { until } from '../../app/process/until.ts';
import type { Nginx, NginxOptions } from '../harness/nginx.ts';
import { ask, link, startSite } from './site.ts';

const token = 'q3Jx_7-Z';

async function site(options: NginxOptions): Promise<Nginx> {
  const nginx = await startSite(options);
  onTestFinished(() => nginx.stop());
  return nginx;
}

it('aria2 -x16 fetches one file over sixteen connections at once', async () => {
  const iso = Buffer.alloc(32 * 1024 * 1024, 'an image of a disk; ');
  // Slow enough that all sixteen are open together. Each fetches one piece: of smaller ones, who is quick takes the next
  // from who is slow, who then breaks off, and NGINX may not know of that yet when the next connection comes.
  const nginx = await site({ files: { 'files/a.iso': iso }, http: 'limit_rate_after 64k; limit_rate 1m;' });
  const url = nginx.url + link('/files/a.iso', { token });
  const to = ['--dir', nginx.dir, '--out', 'fetched.iso'];
  // One try: an answer of 503 ends it with an error.
  const pieces = ['-x16', '-s16', '-k1M', '--piece-length=2M'];
  const args = [...pieces, '--max-tries=1', '--no-conf', '--quiet', ...to, url];
  const aria2 = await startChild('aria2c', args);
  const exit = await aria2.exited;
  expect({ ...exit, said: aria2.stderr() }).toMatchObject({ code: 0 });
  const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
  expect(digest(await readFile(path.join(nginx.dir, 'fetched.iso')))).toBe(digest(iso));

  // The first asked for all of it and broke off after its piece: its record comes when NGINX has noticed.
  const records = await until(async () => {
    const all = await nginx.records();
    return all.length >= 16 && covered(all) === iso.length && all;
  }, 'the records of sixteen connections and of every byte');
  expect(new Set(records.map((record) => record.visitor)).size).toBe(1);
  expect(records.every((record) => record.token === token && record.size === iso.length)).toBe(true);
});

it('lets one manager have 32 connections at once', async () => {
  // So slow that none ends before the last has begun.
  const nginx = await site({
    files: { 'files/a.bin': new Uint8Array(4_000_000) },
    http: 'limit_rate_after 100k; limit_rate 1m;',
    main: 'worker_rlimit_nofile 4096;',
  });
  const url = nginx.url + link('/files/a.bin', { token });
  const at32 = ['--parallel', '--parallel-immediate', '--parallel-max', '32', '--globoff'];
  const each = Array.from({ length: 32 }, () => ['--output', '/dev/null', url]).flat();
  const curl = await startChild('curl', ['--silent', '--write-out', '%{http_code} ', ...at32, ...each]);
  await curl.exited;
  expect(curl.stdout().trim().split(' ')).toEqual(Array.from({ length: 32 }, () => '200'));
});

/** How much of a file was sent from its first byte on without a gap. */
function covered(records: readonly Record<string, unknown>[]): number {
  const parts = records
    .map(({ from, sent }) => [Number(from), Number(from) + Number(sent)] as const)
    .sort(([a], [b]) => a - b);
  let covered = 0;
  for (const [from, to] of parts) if (from <= covered) covered = Math.max(covered, to);
  return covered;
}

describe('with open_file_cache on', () => {
  const cache = 'open_file_cache max=100; open_file_cache_valid 1s;';
  const status = async (nginx: Nginx) => (await ask(nginx, link('/files/a.txt', { token }))).status;
  const becomes = (nginx: Nginx, wanted: number) =>
    until(async () => (await status(nginx)) === wanted, `a status of ${wanted}`);

  it('a denial holds at once, as what is not there is not remembered, and is taken back in open_file_cache_valid', async () => {
    const nginx = await site({ http: cache });
    const file = await denyFile(nginx);
    expect(await status(nginx)).toBe(200);
    await writeFile(file, '');
    expect(await status(nginx)).toBe(410);
    await rm(file);
    await becomes(nginx, 200);
  });

  it('with open_file_cache_errors, too, a denial holds in open_file_cache_valid', async () => {
    const nginx = await site({ http: `${cache} open_file_cache_errors on;` });
    const file = await denyFile(nginx);
    expect(await status(nginx)).toBe(200);
    await writeFile(file, '');
    await becomes(nginx, 410);
    await rm(file);
    await becomes(nginx, 200);
  });

  async function denyFile(nginx: Nginx): Promise<string> {
    const folder = path.join(nginx.places.state, 'deny/t');
    await mkdir(folder, { recursive: true });
    return path.join(folder, token);
  }
});
