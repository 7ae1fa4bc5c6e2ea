// The bytes in a record are the file's: no interim answer, no chunk's frame, nothing of what is no download.

import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Nginx } from '../../harness/nginx.ts';
import { get, sendRaw } from '../raw.ts';
import { ask, hello, link, startSite } from '../site.ts';
import { oneRecord, recordedBy } from './recorded.ts';

const size = 20_000_000;

let nginx: Nginx;
beforeAll(async () => {
  nginx = await startSite({
    http: 'gzip on; gzip_types *; gzip_static on;',
    files: {
      'files/one.bin': 'x',
      'files/none.bin': '',
      'files/page.css': 'body{}'.repeat(1000),
      'files/page.css.gz': 'no gzip, and shorter',
      'files/big.bin': new Uint8Array(size),
    },
    server: 'location ^~ /slow/ { include tallygate/count.conf; alias www/files/; limit_rate 1m; }',
  });
  // What gzip_static would send must be as old as the file.
  await writeFile(path.join(nginx.dir, 'www/files/page.css.gz'), 'no gzip, and shorter');
});
afterAll(() => nginx.stop());

describe.each([
  ['protect.conf', (name: string) => link(`/files/${name}`, { token: 'tok' })],
  ['count.conf', (name: string) => `/public/${name}`],
] as const)('%s', (_, to) => {
  test.each([
    ['one.bin', 1],
    ['none.bin', 0],
    ['a.txt', hello.length],
    ['page.css', 6000],
  ])('%s: %i bytes', async (name, bytes) => {
    const headers = { 'Accept-Encoding': 'gzip' };
    const [answer, record] = await oneRecord(nginx, () => ask(nginx, to(name), { headers }));
    expect(answer.headers['content-encoding']).toBeUndefined();
    expect(answer.body).toHaveLength(bytes);
    expect(record).toMatchObject({ status: 200, from: 0, sent: bytes, size: bytes });
  });

  test.each([
    ['one.bin', 1],
    ['none.bin', 0],
    ['page.css', 6000],
  ])('a client that waits for 100 Continue: %s, %i bytes', async (name, bytes) => {
    for (const expectation of ['100-continue', '100-Continue']) {
      const request = get(to(name), [`Expect: ${expectation}`]);
      const [answer, record] = await oneRecord(nginx, () => sendRaw(nginx, request));
      expect(answer.text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
      expect(record).toMatchObject({ sent: bytes, size: bytes });
    }
  });

  test.each([
    ['bytes=5-8', 5, 4],
    ['bytes=-3', 10, 3],
    ['bytes=9-999', 9, 4],
  ])('%s: from %i, %i bytes', async (range, from, bytes) => {
    const headers = { Range: range };
    const [answer, record] = await oneRecord(nginx, () => ask(nginx, to('a.txt'), { headers }));
    expect(answer.body).toHaveLength(bytes);
    expect(record).toMatchObject({ status: 206, from, sent: bytes, size: hello.length });
  });

  test('several ranges at once: the whole file', async () => {
    const headers = { Range: 'bytes=0-1,5-6' };
    const [answer, record] = await oneRecord(nginx, () => ask(nginx, to('a.txt'), { headers }));
    expect(answer).toMatchObject({ status: 200, body: hello });
    expect(record).toMatchObject({ status: 200, from: 0, sent: hello.length });
  });

  test('HEAD, 304, 416, 404, 412: none', async () => {
    const { headers } = await ask(nginx, to('a.txt'));
    const etag = String(headers.etag);
    const [statuses, records] = await recordedBy(nginx, async () => [
      (await ask(nginx, to('a.txt'), { method: 'HEAD' })).status,
      (await ask(nginx, to('a.txt'), { headers: { 'If-None-Match': etag } })).status,
      (await ask(nginx, to('a.txt'), { headers: { Range: 'bytes=999-' } })).status,
      (await ask(nginx, to('nothing.txt'))).status,
      (await ask(nginx, to('a.txt'), { headers: { 'If-Match': '"another"' } })).status,
    ]);
    expect(statuses).toEqual([200, 304, 416, 404, 412]);
    expect(records).toEqual([]);
  });
});

test.each([
  ['', []],
  [', who waited for 100 Continue', ['Expect: 100-continue']],
])('a client that breaks off%s: what was sent, of how much', async (_, headers) => {
  const [, record] = await oneRecord(nginx, () => breakOff(get('/slow/big.bin', headers), 2_000_000));
  expect(record).toMatchObject({ status: 200, from: 0, size });
  // At this rate NGINX cannot be far ahead.
  expect(record.sent).toBeGreaterThanOrEqual(1_900_000);
  expect(record.sent).toBeLessThan(size / 2);
});

/** Asks, reads so many bytes and closes. */
function breakOff(request: string, bytes: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(nginx.port, '127.0.0.1', () => socket.write(request));
    let read = 0;
    socket.on('data', (chunk) => {
      read += chunk.length;
      if (read >= bytes) socket.destroy();
    });
    socket.on('error', reject).on('close', () => resolve());
  });
}
