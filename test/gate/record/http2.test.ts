// HTTP/2: one connection for many downloads, each with its own record; frames are no bytes of the file.

import { once } from 'node:events';
import { type ClientHttp2Session, connect, constants, type OutgoingHttpHeaders } from 'node:http2';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../../app/process/ports.ts';
import type { Nginx } from '../../harness/nginx.ts';
import { version } from '../origins/build.ts';
import { type Origin, startOrigin } from '../origins/origin.ts';
import { ask, hello, inPath, link, startSite } from '../site.ts';
import { makeCertificate } from './certificate.ts';
import { oneRecord, recordedBy } from './recorded.ts';

const size = 3_000_000;
const stalled = 300_000;

let nginx: Nginx;
let origin: Origin;
let port: number;
beforeAll(async () => {
  // /stall/: sends a beginning, and then nothing. /unsaid/: says no length.
  origin = await startOrigin((request, response) => {
    if (!request.url?.startsWith('/unsaid/'))
      response.setHeader('Content-Length', request.url?.startsWith('/stall/') ? size : 5);
    if (request.url?.startsWith('/stall/')) return void response.write(Buffer.alloc(stalled));
    response.write(Buffer.alloc(5));
    if (request.url?.startsWith('/unsaid/')) setImmediate(() => response.end(Buffer.alloc(100_000)));
    else response.end();
  });
  port = await freePort();
  const { lines } = await makeCertificate();
  const listen =
    version >= 1_025_001 ? `listen 127.0.0.1:${port} ssl; http2 on;` : `listen 127.0.0.1:${port} ssl http2;`;
  nginx = await startSite({
    files: { 'files/big.bin': new Uint8Array(size), 'files/none.bin': '', 'files/one.bin': 'x' },
    http: `server {
      ${listen} ${lines} root www; include tallygate/segments.conf;
      location ^~ /files/ { include tallygate/protect.conf; }
      location ^~ /open/  { include tallygate/count.conf; alias www/files/; }
      location ^~ /far/   {
        include tallygate/protect.conf; include tallygate/origin.conf;
        rewrite ^/far(/.*)$ $1 break; proxy_pass ${origin.url}; proxy_buffering off;
      }
    }`,
  });
});
afterAll(async () => {
  await nginx.stop();
  await origin.stop();
});

function session(initialWindowSize?: number): ClientHttp2Session {
  const settings = initialWindowSize === undefined ? {} : { settings: { initialWindowSize } };
  const opened = connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false, ...settings });
  // What NGINX ends while it stops is no failure.
  opened.on('error', () => {});
  onTestFinished(() => opened.destroy());
  return opened;
}

/** One request, read whole. */
async function fetched(over: ClientHttp2Session, target: string, headers: OutgoingHttpHeaders = {}) {
  const stream = over.request({ ':path': target, 'user-agent': 'test', ...headers });
  const [response] = await once(stream, 'response');
  let bytes = 0;
  for await (const chunk of stream) bytes += chunk.length;
  return { status: response[':status'] as number, headers: response, bytes };
}

/** A request of which at least so many bytes have been read. */
async function begun(over: ClientHttp2Session, target: string, bytes: number) {
  const stream = over.request({ ':path': target, 'user-agent': 'test' });
  let read = 0;
  await new Promise<void>((resolve, reject) => {
    stream.on('error', reject).on('data', (chunk) => {
      read += chunk.length;
      if (read >= bytes) resolve();
    });
  });
  stream.removeAllListeners('error').on('error', () => {});
  return stream;
}

test.each([
  ['none.bin', 0],
  ['one.bin', 1],
  ['a.txt', hello.length],
  ['big.bin', size],
])('%s: %i bytes, behind the gate and without', async (name, bytes) => {
  for (const target of [link(`/files/${name}`, { token: 'tok' }), `/open/${name}`]) {
    const [answer, record] = await oneRecord(nginx, () => fetched(session(), target));
    expect(answer).toMatchObject({ status: 200, bytes });
    expect(record).toMatchObject({
      from: 0,
      sent: bytes,
      size: bytes,
      etag: answer.headers.etag,
      host: '127.0.0.1',
    });
  }
});

test('a range', async () => {
  const range = { range: 'bytes=100000-1999999' };
  const [answer, record] = await oneRecord(nginx, () => fetched(session(), link('/files/big.bin'), range));
  expect(answer).toMatchObject({ status: 206, bytes: 1_900_000 });
  expect(record).toMatchObject({ status: 206, from: 100_000, sent: 1_900_000, size });
});

test('the visitor is the one of HTTP/1.1', async () => {
  const [, one] = await oneRecord(nginx, () => ask(nginx, link('/files/a.txt')));
  const [, two] = await oneRecord(nginx, () => fetched(session(), link('/files/a.txt')));
  expect(two).toMatchObject({ visitor: one.visitor, etag: one.etag });
});

test('a length that nobody said: to the byte', async () => {
  const [answer, record] = await oneRecord(nginx, () => fetched(session(), link('/far/unsaid/f')));
  expect(answer.bytes).toBe(100_005);
  expect(record).toMatchObject({ sent: 100_005, size: 100_005 });
});

test('HEAD, 304, 416: none', async () => {
  const over = session();
  const target = link('/files/a.txt');
  const etag = String((await fetched(over, target)).headers.etag);
  await nginx.records();
  const [statuses, records] = await recordedBy(nginx, async () => [
    (await fetched(over, target, { ':method': 'HEAD' })).status,
    (await fetched(over, target, { 'if-none-match': etag })).status,
    (await fetched(over, target, { range: 'bytes=999-' })).status,
  ]);
  expect(statuses).toEqual([200, 304, 416]);
  expect(records).toEqual([]);
});

test('fifty at once over one connection: fifty records', async () => {
  const over = session();
  const targets = Array.from({ length: 50 }, (_, i) => link('/files/a.txt', { token: `t${i}` }));
  const before = (await nginx.records()).length;
  await Promise.all(targets.map((target) => fetched(over, target)));
  await nginx.waitForRecords(before + 50);
  const records = (await nginx.records()).slice(before);
  expect(new Set(records.map(({ token }) => token)).size).toBe(50);
  expect(records.map(({ sent }) => sent)).toEqual(Array(50).fill(hello.length));
});

describe('broken off', () => {
  test.each([
    [
      'the stream',
      (_: unknown, stream: { close(code: number): void }) => stream.close(constants.NGHTTP2_CANCEL),
    ],
    ['the connection', (over: ClientHttp2Session) => over.destroy()],
  ])('%s: what was sent, to the byte', async (_, breakOff) => {
    const [, record] = await oneRecord(nginx, async () => {
      const over = session();
      breakOff(over, await begun(over, link('/far/stall/f'), stalled));
    });
    expect(record).toMatchObject({ status: 200, from: 0, sent: stalled, size });
  });

  test('by a client that reads no more than it has asked for: that much', async () => {
    const window = 10_000;
    const [, record] = await oneRecord(nginx, async () => {
      const over = session(window);
      const stream = over.request({ ':path': link('/files/big.bin') }).pause();
      stream.on('error', () => {});
      await once(stream, 'response');
      // NGINX has answered this behind what it could send of that.
      await fetched(over, link('/files/none.bin', { expires: 1 }));
      stream.close(constants.NGHTTP2_CANCEL);
    });
    expect(record).toMatchObject({ status: 200, sent: window, size });
  });
});

test('connections of a token are its downloads, over however many connections', async () => {
  const over = session();
  const target = link('/far/stall/f', { token: 'many' });
  const streams = await Promise.all(Array.from({ length: 64 }, () => begun(over, target, 1)));
  expect((await fetched(over, target)).status).toBe(503);
  expect((await ask(nginx, link('/files/a.txt', { token: 'many' }))).status).toBe(503);
  expect((await fetched(over, link('/files/a.txt', { token: 'another' }))).status).toBe(200);
  const before = (await nginx.records()).length;
  for (const stream of streams) stream.close(constants.NGHTTP2_CANCEL);
  await nginx.waitForRecords(before + 64);
});

test('cookies come each in a field of its own: the gate reads them all, and an origin sees all others', async () => {
  const place = inPath(link('/far/five/f', { prefix: 1, token: 'tok' }))
    .split('/')
    .slice(2, 6)
    .join('/');
  const cookie = ['a=1', `tallygate=${place}`, 'b=2', 'c=3'];
  const [answer, record] = await oneRecord(nginx, () => fetched(session(), '/far/five/f', { cookie }));
  expect(answer.status).toBe(200);
  expect(record).toMatchObject({ token: 'tok', sent: 5 });
  expect(origin.seen.at(-1)?.headers.cookie).toBe('a=1; b=2; c=3');
});

test('a link in the path', async () => {
  const target = inPath(link('/files/a.txt', { token: 'tok' }));
  const [, record] = await oneRecord(nginx, () => fetched(session(), target));
  expect(record).toMatchObject({ path: '/files/a.txt', token: 'tok', sent: hello.length });
});
