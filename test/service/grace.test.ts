// A limit never robs the customer: NGINX counts what it has handed to the kernel, and a connection that breaks takes some of
// that with it. Real downloads over a slow way that is cut near their end, and what a token yields at the most.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../app/process/until.ts';
import { askFrom } from '../gate/origins/client.ts';
import { temporaryFolder } from '../harness/folders.ts';
import { type Edge, fileSize, startEdge } from './edge.ts';
import { startSlowWay } from './slow-way.ts';

const run = promisify(execFile);
const sizes = [300_000, 1_000_000, 3_000_000, 8_000_000, 20_000_000];
/** So many customers download each size. */
const customers = 8;
/** A host that was told to hold little holds little. */
const holdsMuch =
  Number(readFileSync('/proc/sys/net/ipv4/tcp_wmem', 'utf8').trim().split(/\s+/).at(-1)) > 300_000;

let edge: Edge;
beforeAll(async () => {
  edge = await startEdge({
    files: Object.fromEntries(sizes.map((size) => [`files/${size}.bin`, new Uint8Array(size)])),
  });
});
afterAll(() => edge.stop());

type Tally = { requests: number; downloads: number; completed: number; copies: number; bytes: number };
type Token = {
  id: string;
  link: string;
  status: string;
  spent?: { by: string; at: string; ends_at: string };
  tally: Tally;
};

async function issue(body: object): Promise<Token> {
  const response = await edge.api('POST', '/tokens', body);
  expect(response.status).toBe(201);
  return (await response.json()) as Token;
}
const read = async (id: string) => (await (await edge.api('GET', `/tokens/${id}`)).json()) as Token;
/** The token, once so many requests of it are counted. */
const counted = (id: string, requests: number) =>
  until(async () => {
    const token = await read(id);
    return token.tally.requests === requests && token;
  }, `${requests} requests of the token to be counted`);

async function get(link: string, range?: string): Promise<{ status: number; bytes: number }> {
  const response = await fetch(link, { headers: range ? { range } : {} });
  const { byteLength } = await response.arrayBuffer();
  return { status: response.status, bytes: response.ok ? byteLength : 0 };
}

/** Waits until NGINX refuses whatever is denied by now: a token that is revoked now is refused no sooner. */
async function denialsHold(): Promise<void> {
  const { id, link } = await issue({ path: '/files/a.bin' });
  await edge.api('POST', `/tokens/${id}/revoke`);
  await until(async () => (await get(link, 'bytes=0-0')).status === 410, 'a revoked token to be refused');
}

/** Runs curl; its exit code. */
const curl = (...args: string[]) =>
  run('curl', ['--silent', '--fail', ...args]).then(
    () => 0,
    (error: { code: number }) => error.code,
  );

/** A customer with one copy, whose download breaks off near its end, and who resumes it once that is counted. */
async function customer(size: number, port: number, file: string) {
  const { id, link } = await issue({ path: `/files/${size}.bin`, max_copies: 1 });
  const address = link.replace(edge.nginx.url, `http://127.0.0.1:${port}`);
  const partial = 18;
  expect(await curl('--output', file, address)).toBe(partial);
  expect((await stat(file)).size).toBeLessThan(size);
  const { spent } = await counted(id, 1);
  await denialsHold();
  const code = await curl('--output', file, '--continue-at', '-', address);
  return { size, code, has: (await stat(file)).size, spent: spent?.by };
}

test('0 of 40 customers are robbed whose only copy breaks off near its end', async () => {
  const folder = await temporaryFolder('customers');
  const all = await Promise.all(
    sizes.map(async (size) => {
      // Between 40 and 5 % of it are missing, 1.5 MB at the most. What comes after the first eight goes through.
      const cutAfter = (n: number) =>
        n < customers ? Math.floor(size - Math.min(size, 4_000_000) * (0.4 - 0.05 * n)) : undefined;
      const way = await startSlowWay(edge.nginx.port, size, cutAfter);
      const names = Array.from({ length: customers }, (_, n) => path.join(folder, `${size}-${n}`));
      const outcomes = await Promise.all(names.map((name) => customer(size, way.port, name)));
      await way.stop();
      return outcomes;
    }),
  );
  const outcomes = all.flat();
  expect(outcomes).toHaveLength(40);
  expect(outcomes.filter(({ size, code, has }) => code !== 0 || has !== size)).toEqual([]);
  // Without the grace these were robbed: their copy was spent before they had it.
  if (holdsMuch) expect(outcomes.filter(({ spent }) => spent === 'copies').length).toBeGreaterThan(0);
});

test.each([
  ['whole', 1, [undefined]],
  ['whole, of three', 3, [undefined]],
  ['the second half', 1, [undefined, 'bytes=150000-']],
  ['what would complete none', 2, ['bytes=0-249999']],
])('no token yields more than max_copies + 1 copies’ bytes: %s', async (_, maxCopies, ranges) => {
  const { id, link } = await issue({ path: '/files/a.bin', max_copies: maxCopies });
  let bytes = 0;
  let requests = 0;
  const refused = async () => (await get(link, 'bytes=0-0')).status === 410;
  while (bytes < (maxCopies + 1) * fileSize) {
    const answer = await get(link, ranges[Math.min(requests, ranges.length - 1)]);
    expect([200, 206]).toContain(answer.status);
    bytes += answer.bytes;
    requests += 1;
    await counted(id, requests);
    await denialsHold();
  }
  await until(refused, 'the token to be refused');
  // The last piece may reach beyond.
  expect(bytes).toBeLessThan((maxCopies + 2) * fileSize);
  const token = await read(id);
  expect(token.status).toBe('exhausted');
  expect(token.spent?.by).toBe(token.tally.copies < maxCopies ? 'bytes' : 'copies');
});

test('a token says what of it is spent, and until when it may resume', async () => {
  const { id, link } = await issue({ path: '/files/a.bin', max_copies: 1 });
  expect(await read(id)).not.toHaveProperty('spent');
  await get(link);
  const { status, spent } = await counted(id, 1);
  expect(status).toBe('active');
  expect(spent?.by).toBe('copies');
  expect(Date.parse(spent?.ends_at ?? '') - Date.parse(spent?.at ?? '')).toBe(600_000);
  // Revoked in its grace it is refused at once.
  await edge.api('POST', `/tokens/${id}/revoke`);
  await until(async () => (await get(link, 'bytes=0-0')).status === 410, 'the revoked token to be refused');
});

test('strict: in its grace a spent token is resumed, and not begun', async () => {
  const { id, link } = await issue({ path: '/strict/a.bin', max_copies: 1, enforce: 'strict' });
  expect((await get(link)).status).toBe(200);
  await counted(id, 1);
  expect((await get(link)).status).toBe(410);
  expect((await get(link, 'bytes=0-')).status).toBe(410);
  expect((await get(link, 'bytes=100000-')).status).toBe(206);
  await counted(id, 2);
  // 200,000 of the 300,000 bytes of its grace are spent.
  expect((await get(link, 'bytes=100000-')).status).toBe(410);
  expect((await get(link, 'bytes=200000-')).status).toBe(206);
  await until(async () => (await get(link, 'bytes=299999-')).status === 410, 'the token to be refused');
});

const halves = [`bytes=0-${fileSize / 2 - 1}`, `bytes=${fileSize / 2}-`];
test.each([undefined, 3])(
  'two halves from two addresses are one completed copy (limit: %s)',
  async (limit) => {
    const { id, link } = await issue({ path: '/files/b.bin', ...(limit && { max_copies: limit }) });
    const target = link.replace(edge.nginx.url, '');
    for (const [n, range] of halves.entries())
      await askFrom(edge.nginx.port, target, { from: `127.0.0.${n + 1}`, headers: { Range: range } });
    const { tally } = await counted(id, 2);
    expect(tally).toEqual({ requests: 2, downloads: 2, completed: 1, copies: 1, bytes: fileSize });
    const report = await edge.api('GET', `/reports/tokens?token=${id}`);
    expect(((await report.json()) as { rows: unknown[] }).rows).toMatchObject([
      { ...tally, visitors: 2, spent: limit ? 1 : null, spent_by: null, ends_at: null },
    ]);
  },
);

test('a token shows what a program fetched that looks like a bot', async () => {
  const { id, link } = await issue({ path: '/files/b.bin', max_copies: 3 });
  const headers = { 'User-Agent': 'python-requests/2.32.3' };
  await askFrom(edge.nginx.port, link.replace(edge.nginx.url, ''), { headers });
  const { tally } = await counted(id, 1);
  expect(tally).toEqual({ requests: 1, downloads: 1, completed: 1, copies: 1, bytes: fileSize });
});
