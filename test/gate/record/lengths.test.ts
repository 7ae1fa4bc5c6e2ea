// Origins that do not say how long their answer is, that stall or die in the middle of it, that send hints before it.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../../app/process/until.ts';
import type { Nginx } from '../../harness/nginx.ts';
import { version } from '../origins/build.ts';
import { exchange } from '../origins/exchange.ts';
import { type Origin, startOrigin } from '../origins/origin.ts';
import { get } from '../raw.ts';
import { ask, link, startSite } from '../site.ts';
import { oneRecord } from './recorded.ts';

const promised = 5_000_000;
const stalled = 300_000;

/** /<how>/<bytes>: so many bytes, and how they come. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, how = '', bytes = ''] = (request.url ?? '').split('/');
  const body = Buffer.alloc(Number(bytes));
  response.setHeader('ETag', '"same"');
  response.setHeader('Cache-Control', how === 'soon' ? 'max-age=1' : 'max-age=600');
  if (request.headers['if-none-match']) return void response.writeHead(304).end();
  if (how === 'pieces') {
    for (let at = 0; at < body.length; at += body.length / 10)
      await new Promise((resolve) => response.write(body.subarray(at, at + body.length / 10), resolve));
    return void response.end();
  }
  if (how.startsWith('hints'))
    response.writeEarlyHints({ link: '</a.css>; rel=preload', 'x-padding': 'x'.repeat(900) });
  if (how === 'stall' || how === 'die') response.setHeader('Content-Length', promised);
  if (how === 'hints') response.setHeader('Content-Length', body.length);
  response.write(body, () => how.startsWith('die') && response.destroy());
  if (!how.startsWith('die') && !how.startsWith('stall')) response.end();
}

let nginx: Nginx;
let origin: Origin;
beforeAll(async () => {
  origin = await startOrigin(answer);
  const place = (name: string, more: string) => `
    location ^~ /${name}/ {
      include tallygate/protect.conf; include tallygate/origin.conf; proxy_pass ${origin.url}/; ${more}
    }`;
  nginx = await startSite({
    http: 'proxy_cache_path cache keys_zone=c:1m; proxy_cache_valid any 10m;',
    server: `
      ${place('old', 'proxy_http_version 1.0;')}
      ${place('new', 'proxy_http_version 1.1;')}
      ${place('flow', 'proxy_http_version 1.1; proxy_buffering off;')}
      ${place('cache', 'proxy_http_version 1.1; proxy_cache c; proxy_cache_revalidate on; add_header X-Cache $upstream_cache_status;')}
      ${version >= 1_029_000 ? place('early', 'proxy_http_version 1.1; early_hints 1;') : ''}`,
  });
});
afterAll(async () => {
  await nginx.stop();
  await origin.stop();
});

const unknown = { status: 200, from: 0, size: 0 };
/** Nobody said the length, and all was sent. */
const streamed = (bytes: number) => ({ status: 200, from: 0, sent: bytes, size: bytes });

describe.each(['old', 'new', 'flow', 'cache'])('an origin that says no length, by /%s/', (place) => {
  test.each([0, 1, 6, 7, 15, 16, 243, 244, 245, 246, 255, 256, 1000, 4084])('%i bytes', async (bytes) => {
    const target = link(`/${place}/whole/${bytes}`);
    const [whole, record] = await oneRecord(nginx, () => ask(nginx, target));
    expect(whole.body).toHaveLength(bytes);
    // Node says it for nothing.
    expect(record).toMatchObject(streamed(bytes));
  });

  test('to a client of HTTP/1.0', async () => {
    const request = get(link(`/${place}/whole/1000`)).replace('HTTP/1.1', 'HTTP/1.0');
    const [{ head }, record] = await oneRecord(nginx, () => exchange(nginx.port, request));
    expect(head).not.toContain('chunked');
    expect(record).toMatchObject(streamed(1000));
  });

  test('in pieces, and more than fits a buffer: no more than their frames are missed', async () => {
    for (const path of ['pieces/1000', 'pieces/100000', 'whole/3000000']) {
      const bytes = Number(path.split('/')[1]);
      const [whole, record] = await oneRecord(nginx, () => ask(nginx, link(`/${place}/${path}`)));
      expect(whole.body).toHaveLength(bytes);
      expect(record.sent).toBeGreaterThanOrEqual(bytes);
      expect(record.size).toBe(record.sent);
      // Ten frames of the origin's, or NGINX's own: a few characters for each 4 KB at the least.
      expect(record.sent).toBeLessThanOrEqual(place === 'old' ? bytes : bytes + Math.max(100, bytes / 300));
    }
  });
});

test.each([1, 1000, 4084])('from the cache, and asked for again when it is late: %i bytes', async (bytes) => {
  const kept = link(`/cache/kept/${bytes}`);
  const late = link(`/cache/soon/${bytes}`);
  for (const target of [kept, late]) await oneRecord(nginx, () => ask(nginx, target));
  for (const [target, status] of [
    [kept, 'HIT'],
    [late, 'REVALIDATED'],
  ] as const)
    await until(async () => {
      const [{ headers }, record] = await oneRecord(nginx, () => ask(nginx, target));
      expect(record).toMatchObject(streamed(bytes));
      return headers['x-cache'] === status;
    }, `an answer that is a ${status}`);
});

test('an origin that dies in the middle: what came of it', async () => {
  const request = get(link(`/flow/die/${stalled}`));
  const [{ bytes }, record] = await oneRecord(nginx, () => exchange(nginx.port, request));
  expect(bytes).toBe(stalled);
  expect(record).toMatchObject({ status: 200, sent: stalled, size: promised });
});

test('an origin that dies in the middle of what it said no length of: NGINX takes that for its end', async () => {
  for (const place of ['old', 'new', 'flow']) {
    const request = get(link(`/${place}/die-unsaid/${stalled}`));
    const [, record] = await oneRecord(nginx, () => exchange(nginx.port, request));
    expect(record.size, place).toBe(record.sent);
  }
});

describe('a client that breaks off', () => {
  test.each([
    ['', []],
    [', who waited for 100 Continue', ['Expect: 100-continue']],
  ])('%s: to the byte', async (_, headers) => {
    const request = get(link(`/flow/stall/${stalled}`), headers);
    const [, record] = await oneRecord(nginx, () => exchange(nginx.port, request, stalled));
    expect(record).toMatchObject({ status: 200, sent: stalled, size: promised });
  });

  test('where the origin said no length: a frame or two more', async () => {
    const request = get(link(`/flow/stall-unsaid/${stalled}`));
    const [, record] = await oneRecord(nginx, () => exchange(nginx.port, request, stalled));
    expect(record).toMatchObject(unknown);
    expect(record.sent).toBeGreaterThanOrEqual(stalled);
    expect(record.sent).toBeLessThanOrEqual(stalled * 1.004);
  });
});

describe.skipIf(version < 1_029_000)('early hints (NGINX passes them on since 1.29)', () => {
  test.each([
    ['hints/1000', 1000],
    ['hints-unsaid/1000', 1000],
  ])('%s: no part of the file', async (path, size) => {
    const request = get(link(`/early/${path}`));
    const [{ head }, record] = await oneRecord(nginx, () => exchange(nginx.port, request));
    expect(head).toMatch(/^HTTP\/1\.1 103 /);
    expect(record).toMatchObject({ status: 200, sent: 1000, size });
  });
});
