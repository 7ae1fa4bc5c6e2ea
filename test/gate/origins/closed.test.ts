// What never reaches an origin or the disk: methods that no link is for. And what there is when the origin is down.

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../../app/process/until.ts';
import type { Nginx } from '../../harness/nginx.ts';
import { oneRecord, recordedBy } from '../record/recorded.ts';
import { ask, hello, inPath, link, startSite } from '../site.ts';
import { bucket, type Origin, startOrigin } from './origin.ts';

const methods = [
  'POST',
  'PUT',
  'DELETE',
  'PATCH',
  'MKCOL',
  'COPY',
  'MOVE',
  'PROPFIND',
  'LOCK',
  'OPTIONS',
  'TRACE',
];

let nginx: Nginx;
let origin: Origin;
beforeAll(async () => {
  origin = await startOrigin(bucket({}));
  const gate = 'include tallygate/protect.conf; include tallygate/origin.conf;';
  const dav = 'dav_methods PUT DELETE MKCOL COPY MOVE; create_full_put_path on;';
  nginx = await startSite({
    http: 'proxy_cache_path cache keys_zone=files:1m; proxy_cache_valid any 10m;',
    files: { 'dav/a.txt': hello, 'dav/folder/b.txt': hello },
    server: `
      include tallygate/segments.conf;
      location ^~ /plain/  { ${gate} proxy_pass ${origin.url}; }
      location ^~ /cached/ { ${gate} proxy_cache files; proxy_cache_methods GET HEAD POST; proxy_pass ${origin.url}; }
      location ^~ /inner/  { ${gate} location ~ \\.txt$ { proxy_pass ${origin.url}; } }
      location ^~ /broken/ { break; ${gate} proxy_pass ${origin.url}; }
      location ^~ /older/  { include tallygate/protect-native.conf; proxy_pass ${origin.url}; }
      location ^~ /dav/    { include tallygate/protect.conf; ${dav} }
      location ^~ /deep/   { include tallygate/protect.conf; location ~ \\.txt$ { alias www/dav/a.txt; ${dav} } }`,
  });
});
afterAll(async () => {
  await nginx.stop();
  await origin.stop();
});

const linkTo = (target: string) => link(target, { token: 'tok' });
const inCookie = (target: string) => ({
  Cookie: `tallygate=${inPath(link(target, { prefix: 1 }))
    .split('/')
    .slice(2, 6)
    .join('/')}`,
});

describe.each(['/plain/', '/cached/', '/inner/', '/broken/', '/older/'])('%s', (folder) => {
  test.each(methods)('%s never reaches the origin', async (method) => {
    const target = `${folder}a.txt`;
    const headers = { Destination: `http://127.0.0.1${folder}new.txt` };
    const [statuses, records] = await recordedBy(nginx, async () => [
      (await ask(nginx, linkTo(target), { method, headers })).status,
      (await ask(nginx, linkTo(target), { method, headers, body: 'x'.repeat(100_000) })).status,
      (await ask(nginx, inPath(linkTo(target)), { method, headers })).status,
      (await ask(nginx, target, { method, headers: { ...headers, ...inCookie(target) } })).status,
    ]);
    // Where the gate's answers are not asked for, the wall's.
    for (const status of statuses) expect(folder === '/plain/' ? [405] : [401, 403, 405]).toContain(status);
    expect(origin.seen).toEqual([]);
    expect(records).toEqual([]);
  });
});

describe.each(['/dav/', '/deep/'])('%s, where WebDAV is on', (folder) => {
  test.each(methods)('%s changes nothing', async (method) => {
    const before = await everything();
    const headers = { Destination: `http://127.0.0.1${folder}new.txt`, Overwrite: 'T' };
    for (const name of ['a.txt', 'new.txt', 'made/new.txt', 'folder/']) {
      const status = [
        (await ask(nginx, linkTo(folder + name), { method, headers, body: 'changed' })).status,
        (await ask(nginx, linkTo(folder + name), { method, headers })).status,
      ];
      for (const one of status) expect(folder === '/dav/' ? [405] : [401, 405]).toContain(one);
    }
    expect(await everything()).toEqual(before);
  });
});

/** Every file of www/, with what is in it. */
async function everything(): Promise<string[]> {
  const root = path.join(nginx.dir, 'www');
  const found = (await readdir(root, { recursive: true })).sort();
  return Promise.all(
    found.map(async (name) => {
      // A folder is its name.
      const content = await readFile(path.join(root, name), 'latin1').catch(() => '');
      return `${name} ${createHash('sha256').update(content).digest('hex')}`;
    }),
  );
}

describe('the origin is down', () => {
  const body = Buffer.alloc(5000);
  const page = 'back soon\n';

  test("the site's own page, and no record; what is in the cache is sent, and recorded", async () => {
    const short = await startOrigin(bucket({ '/cached/a': { body, etag: '"a"' } }));
    const gate = 'include tallygate/protect.conf; include tallygate/origin.conf;';
    const site = await startSite({
      http: 'proxy_cache_path cache keys_zone=files:1m;',
      files: { '50x.html': page },
      server: `
        error_page 502 504 /50x.html;
        location ^~ /plain/  { ${gate} proxy_pass ${short.url}; }
        location ^~ /inner/  { ${gate} location ~ a$ { proxy_pass ${short.url}; } }
        location ^~ /cached/ {
          ${gate} proxy_cache files; proxy_cache_valid any 1s; proxy_cache_use_stale error;
          add_header X-Cache $upstream_cache_status; proxy_pass ${short.url};
        }
        location ^~ /fall/ { include tallygate/protect.conf; try_files $uri @far; }
        location @far { include tallygate/record.conf; proxy_pass ${short.url}; }`,
    });
    expect((await ask(site, linkTo('/cached/a'))).status).toBe(200);
    await short.stop();
    for (const target of ['/plain/a', '/inner/a', '/fall/a', '/cached/b']) {
      const [answer, records] = await recordedBy(site, () => ask(site, linkTo(target)));
      expect(answer).toMatchObject({ status: 502, body: page });
      expect(records).toEqual([]);
    }
    await until(async () => {
      const [answer, record] = await oneRecord(site, () => ask(site, linkTo('/cached/a')));
      expect(record).toMatchObject({ status: 200, sent: 5000, size: 5000, etag: '"a"', token: 'tok' });
      return answer.headers['x-cache'] === 'STALE';
    }, 'what is in the cache to be late');
    await site.stop();
  });
});
