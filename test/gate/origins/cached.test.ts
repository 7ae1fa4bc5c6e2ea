// A public bucket behind the gate, with and without NGINX's cache and in slices: one record for each download, of what the
// client got; the cache knows files, not links.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../../app/process/until.ts';
import type { Nginx } from '../../harness/nginx.ts';
import { oneRecord, recordedBy } from '../record/recorded.ts';
import { ask, link, startSite } from '../site.ts';
import { bucket, type Origin, type Stored, startOrigin } from './origin.ts';

const size = 1_000_000;
const slice = 256 * 1024;
// Each byte tells where it stands.
const body = Buffer.from(Array.from({ length: size }, (_, i) => (i * 7 + (i >> 8)) % 251));

const objects: Record<string, Stored> = {};
let nginx: Nginx;
let origin: Origin;
beforeAll(async () => {
  origin = await startOrigin(bucket(objects));
  const gate = 'include tallygate/protect.conf; include tallygate/origin.conf;';
  const shown = 'add_header X-Cache $upstream_cache_status;';
  const keep = `proxy_cache files; proxy_cache_valid 200 206 10m; ${shown}`;
  const inSlices = 'slice 256k; proxy_set_header Range $slice_range; proxy_cache_key $uri$slice_range;';
  nginx = await startSite({
    http: 'proxy_cache_path cache keys_zone=files:1m;',
    server: `
      location ^~ /plain/  { ${gate} proxy_pass ${origin.url}; }
      location ^~ /cached/ { ${gate} ${keep} proxy_pass ${origin.url}; }
      location ^~ /slices/ { ${gate} ${keep} ${inSlices} proxy_pass ${origin.url}; }
      location ^~ /soon/   { ${gate} ${keep} proxy_cache_revalidate on; proxy_pass ${origin.url}; }
      location ^~ /open/   { include tallygate/count.conf; ${keep} ${inSlices} proxy_pass ${origin.url}; }
      location ^~ /inner/  { ${gate} ${keep} location ~ \\.bin$ { ${shown} proxy_pass ${origin.url}; } }
      location ^~ /moved/  { ${gate} ${keep} rewrite ^/moved/(.*)$ /cached/$1 break; proxy_pass ${origin.url}; }`,
  });
});
afterAll(async () => {
  await nginx.stop();
  await origin.stop();
});

let files = 0;
/** A file that nothing has been asked of yet, in the folder. */
function fresh(folder: string, etag = `"v${++files}"`): string {
  const path = `${folder}${++files}.bin`;
  objects[path] = { body, etag, headers: folder === '/soon/' ? { 'Cache-Control': 'max-age=1' } : {} };
  return path;
}

const folders = ['/plain/', '/cached/', '/slices/', '/open/', '/inner/', '/moved/'];
let tokens = 0;
/** Another link each time. */
const to = (path: string) => (path.startsWith('/open/') ? path : link(path, { token: `t${++tokens}` }));
const freshIn = (folder: string) => {
  const path = fresh(folder === '/moved/' ? '/cached/' : folder);
  return folder === '/moved/' ? path.replace('/cached/', '/moved/') : path;
};

const requests = [
  ['whole', undefined, 0, size],
  ['from the beginning', 'bytes=0-', 0, size],
  ['a part', 'bytes=1000-1999', 1000, 1000],
  ['across slices', `bytes=${slice - 10}-${2 * slice + 9}`, slice - 10, slice + 20],
  ['the end', 'bytes=-1000', size - 1000, 1000],
  ['one byte', 'bytes=0-0', 0, 1],
] as const;

describe.each(folders)('%s', (folder) => {
  describe.each(requests)('%s', (_, range, from, bytes) => {
    test('first and again: each one record, of the same version', async () => {
      const path = freshIn(folder);
      const records = [];
      for (const expected of ['MISS', 'HIT']) {
        const target = to(path);
        const headers: Record<string, string> = range ? { Range: range } : {};
        const [answer, record] = await oneRecord(nginx, () => ask(nginx, target, { headers }));
        expect(answer.status).toBe(range ? 206 : 200);
        expect(Buffer.from(answer.body, 'latin1').equals(body.subarray(from, from + bytes))).toBe(true);
        if (folder !== '/plain/') expect(answer.headers['x-cache']).toBe(expected);
        expect(record).toMatchObject({ path, from, sent: bytes, size, etag: answer.headers.etag });
        if (folder !== '/open/') expect(record.token).toBe(`t${tokens}`);
        records.push(record);
      }
      expect(records[1]?.visitor).toBe(records[0]?.visitor);
    });
  });

  test('a weak entity tag is a version as it stands', async () => {
    const path = fresh(folder === '/moved/' ? '/cached/' : folder, 'W/"weak"');
    for (let i = 0; i < 2; i++)
      expect((await oneRecord(nginx, () => ask(nginx, to(path))))[1].etag).toBe('W/"weak"');
  });

  test('what is not there: the bucket’s 403, and no record', async () => {
    const missing = folder === '/open/' ? `${folder}no.bin` : link(`${folder}no.bin`);
    const [answer, records] = await recordedBy(nginx, () => ask(nginx, missing));
    expect(answer).toMatchObject({ status: 403, body: expect.stringContaining('AccessDenied') });
    expect(records).toEqual([]);
  });

  test('HEAD, a condition that does not hold, a range behind the end: none', async () => {
    const path = freshIn(folder);
    const { etag } = (await oneRecord(nginx, () => ask(nginx, to(path))))[0].headers;
    const [statuses, records] = await recordedBy(nginx, async () => [
      (await ask(nginx, to(path), { method: 'HEAD' })).status,
      (await ask(nginx, to(path), { headers: { 'If-None-Match': String(etag) } })).status,
      (await ask(nginx, to(path), { headers: { Range: `bytes=${size}-` } })).status,
    ]);
    expect(statuses).toEqual([200, 304, 416]);
    expect(records).toEqual([]);
  });
});

test('the cache asks once for a file, however many links lead to it', async () => {
  for (const [folder, most] of [
    ['/cached/', 1],
    ['/slices/', Math.ceil(size / slice)],
  ] as const) {
    const path = fresh(folder);
    const before = origin.seen.length;
    for (let i = 0; i < 3; i++) await oneRecord(nginx, () => ask(nginx, to(path)));
    expect(origin.seen.slice(before).map(({ url }) => url)).toEqual(Array(most).fill(path));
  }
});

test('who has no good link gets nothing of what is in the cache', async () => {
  const path = fresh('/cached/');
  await ask(nginx, to(path));
  const [answer, records] = await recordedBy(nginx, () =>
    ask(nginx, `${path}?e=9999999999&k=a1&s=${'A'.repeat(22)}`),
  );
  expect(answer.status).toBe(403);
  expect(records).toEqual([]);
});

test('what was kept and is asked for again when it is late', async () => {
  const path = fresh('/soon/');
  await ask(nginx, to(path));
  const before = origin.seen.length;
  await until(async () => {
    const [answer, record] = await oneRecord(nginx, () => ask(nginx, to(path)));
    expect(record).toMatchObject({ status: 200, from: 0, sent: size, size, etag: objects[path]?.etag });
    return answer.headers['x-cache'] === 'REVALIDATED';
  }, 'an answer that is revalidated');
  expect(origin.seen[before]?.headers['if-none-match']).toBe(objects[path]?.etag);
  // Replaced: another version.
  objects[path] = { body: body.subarray(0, 5000), etag: '"new"' };
  await until(async () => {
    const [, record] = await oneRecord(nginx, () => ask(nginx, to(path)));
    return record.etag === '"new"' && record.size === 5000 && record.sent === 5000;
  }, 'the new version');
});

test('several ranges at once, which an origin may answer: bytes that cover nothing', async () => {
  const headers = { 'Content-Type': 'multipart/byteranges; boundary=x' };
  const many = await startOrigin((_, response) => {
    response.writeHead(206, { ...headers, 'Content-Length': 200, ETag: '"v"' }).end('x'.repeat(200));
  });
  const site = await startSite({
    server: `location ^~ /many/ { include tallygate/protect.conf; proxy_pass ${many.url}; }`,
  });
  const asked = { Range: 'bytes=0-9,20-29' };
  const [, record] = await oneRecord(site, () => ask(site, link('/many/f'), { headers: asked }));
  expect(record).toMatchObject({ status: 206, from: -1, sent: 200, size: 0 });
  await site.stop();
  await many.stop();
});
