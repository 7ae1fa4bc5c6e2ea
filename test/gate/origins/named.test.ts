// The name a browser saves a file as: one Content-Disposition, the link's or else the origin's. Browsers refuse a download with
// two of them.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Nginx } from '../../harness/nginx.ts';
import { get } from '../raw.ts';
import { hello, link, startSite } from '../site.ts';
import { exchange } from './exchange.ts';
import { type Origin, startOrigin } from './origin.ts';

const its = 'attachment; filename="its-own.bin"';

let nginx: Nginx;
let origin: Origin;
beforeAll(async () => {
  origin = await startOrigin((request, response) => {
    const [, name = ''] = /([^/]*)$/.exec(request.url ?? '') ?? [];
    if (request.url?.includes('/x/')) response.setHeader('X-Accel-Redirect', `/kept/${name}`);
    if (name === 'named.bin') response.setHeader('Content-Disposition', its);
    response.end(hello);
  });
  const gate = 'include tallygate/protect.conf; include tallygate/origin.conf;';
  // As nginx/README.md says where a gated request is answered elsewhere.
  const carriedOn = `add_header Content-Disposition $tallygate_name; add_header Set-Cookie $tallygate_cookie;
    proxy_hide_header Content-Disposition;`;
  nginx = await startSite({
    http: 'proxy_cache_path cache keys_zone=files:1m; proxy_cache_valid any 10m;',
    files: { 'kept/named.bin': hello, 'kept/bare.bin': hello },
    server: `
      location ^~ /plain/  { ${gate} proxy_pass ${origin.url}; }
      location ^~ /cached/ { ${gate} proxy_cache files; proxy_pass ${origin.url}; }
      location ^~ /deep/   { ${gate} location ~ \\.bin$ { proxy_pass ${origin.url}; } }
      location ^~ /fall/   { ${gate} try_files $uri @far; }
      location @far        { include tallygate/record.conf; ${carriedOn} proxy_pass ${origin.url}; }
      location ^~ /x/      { ${gate} proxy_pass ${origin.url}; }
      location ^~ /kept/   { internal; include tallygate/record.conf; ${carriedOn} }`,
  });
});
afterAll(async () => {
  await nginx.stop();
  await origin.stop();
});

/** All Content-Disposition headers of the answer. */
async function namesOf(target: string): Promise<string[]> {
  const { head } = await exchange(nginx.port, get(target));
  expect(head).toMatch(/^HTTP\/1\.1 200 /);
  return [...head.matchAll(/^content-disposition: (.*)\r$/gim)].map(([, value = '']) => value);
}

const wanted = `attachment; filename="gr__e.bin"; filename*=UTF-8''gr%C3%B6%C3%9Fe.bin`;

describe.each(['/plain/', '/cached/', '/deep/', '/fall/'])('%s', (folder) => {
  test.each(['first', 'again'])('%s', async () => {
    expect(await namesOf(link(`${folder}named.bin`, { filename: 'größe.bin' }))).toEqual([wanted]);
    expect(await namesOf(link(`${folder}bare.bin`, { filename: 'größe.bin' }))).toEqual([wanted]);
    expect(await namesOf(link(`${folder}named.bin`))).toEqual([its]);
    expect(await namesOf(link(`${folder}bare.bin`))).toEqual([]);
  });
});

describe('X-Accel-Redirect', () => {
  test('the link names the file', async () => {
    expect(await namesOf(link('/x/bare.bin', { filename: 'größe.bin' }))).toEqual([wanted]);
    expect(await namesOf(link('/x/bare.bin'))).toEqual([]);
  });
  test('the application names it', async () => {
    expect(await namesOf(link('/x/named.bin'))).toEqual([its]);
  });
  test('both do: the application, whose header NGINX carries along', async () => {
    expect(await namesOf(link('/x/named.bin', { filename: 'größe.bin' }))).toEqual([its]);
  });
});

test('the folder cookie is sent from where the request is answered', async () => {
  for (const path of ['/plain/a/bare.bin', '/fall/a/bare.bin', '/x/a/bare.bin']) {
    const { head } = await exchange(nginx.port, get(link(path, { prefix: 2, token: 'tok' })));
    expect(head).toMatch(/^Set-Cookie: tallygate=.*\/tok; Path=/m);
  }
});
