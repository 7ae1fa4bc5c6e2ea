// The gate holds wherever NGINX answers: inner locations, behind a break or a rewrite; and it does there all that it does
// elsewhere: methods, denials, the record with its token.

import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { forge } from '../../../app/nginx/forge.ts';
import type { Nginx } from '../../harness/nginx.ts';
import { ask, hello, inPath, inSeconds, legacyLink, link, startSite } from '../site.ts';

let nginx: Nginx;
beforeAll(async () => {
  nginx = await startSite({
    files: { 'files/a.mp4': hello, 'files/b.mp4': hello },
    server: `
      include tallygate/segments.conf;
      location ^~ /nested/ { include tallygate/protect.conf; alias www/files/; location ~ \\.mp4$ { alias www/files/a.mp4; } }
      location ^~ /broken/ { break; include tallygate/protect.conf; alias www/files/; }
      location ^~ /switch/ { if (-f $request_filename) { break; } include tallygate/protect.conf; alias www/files/; }
      location ^~ /moved/ { rewrite ^/moved/(.*)$ /files/$1 break; include tallygate/protect.conf; }
      location ^~ /dav/ { break; include tallygate/protect.conf; alias www/dav/; dav_methods PUT DELETE MOVE; create_full_put_path on; }
      location ^~ /older/ { include tallygate/protect-native.conf; alias www/files/; location ~ \\.mp4$ { alias www/files/a.mp4; } }`,
  });
});
afterAll(() => nginx.stop());

const places = ['/nested/a.mp4', '/broken/a.mp4', '/switch/a.mp4', '/moved/a.mp4'];
/** What is signed: a rewrite changes what NGINX and the gate behind it take the address for. */
const signed = (target: string) => target.replace('/moved/', '/files/');
const linkTo = (target: string, fields = {}) =>
  link(signed(target), fields).replace(encodeURI(signed(target)), target);

describe.each(places)('%s', (target) => {
  test('with no link, a forged one, a late one, as a client with a password: closed', async () => {
    const late = linkTo(target, { expires: inSeconds(-5) });
    for (const bad of [target, forge(linkTo(target)), late, `${target}?t=x&k=a1`])
      for (const headers of [
        {},
        { Authorization: `Basic ${btoa('off:off')}` },
        { Authorization: 'Basic Og==' },
      ])
        expect([401, 403, 410]).toContain((await ask(nginx, bad, { headers: headers as never })).status);
    expect((await ask(nginx, target)).body).not.toContain(hello);
  });

  test('with a good one: open, and recorded under its token', async () => {
    const before = (await nginx.records()).length;
    expect(await ask(nginx, linkTo(target, { token: 'tok' }))).toMatchObject({ status: 200, body: hello });
    const record = (await nginx.waitForRecords(before + 1)).at(-1);
    expect(record).toMatchObject({ token: 'tok', key: 'a1', path: signed(target), sent: 13 });
  });

  test('a denied token and a denied visitor: closed', async () => {
    const token = path.join(nginx.places.state, 'deny/t/gone');
    await writeFile(token, '');
    expect([401, 410]).toContain((await ask(nginx, linkTo(target, { token: 'gone' }))).status);
    await rm(token);
    const headers = { 'User-Agent': `nuisance of ${target}` };
    const before = (await nginx.records()).length;
    expect((await ask(nginx, linkTo(target, { token: 'gone' }), { headers })).status).toBe(200);
    const visitor = String((await nginx.waitForRecords(before + 1)).at(-1)?.visitor);
    await writeFile(path.join(nginx.places.state, 'deny/v', visitor), '');
    expect([401, 410]).toContain((await ask(nginx, linkTo(target), { headers })).status);
  });

  test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND'])('%s: closed', async (method) => {
    expect([401, 405]).toContain((await ask(nginx, linkTo(target), { method })).status);
  });
});

test('a link in the path, where an inner location answers', async () => {
  const before = (await nginx.records()).length;
  expect((await ask(nginx, inPath(link('/nested/a.mp4', { token: 'tok' })))).status).toBe(200);
  expect((await nginx.waitForRecords(before + 1)).at(-1)).toMatchObject({
    token: 'tok',
    path: '/nested/a.mp4',
  });
});

test('a link is no permission to write', async () => {
  const target = link('/dav/new.txt');
  for (const method of ['PUT', 'DELETE', 'MOVE'])
    expect([401, 405]).toContain((await ask(nginx, target, { method, body: 'x' })).status);
  expect(existsSync(path.join(nginx.dir, 'www/dav/new.txt'))).toBe(false);
});

test('the gate without njs, where an inner location answers', async () => {
  expect((await ask(nginx, '/older/a.mp4')).status).toBe(401);
  // The MD5 of nothing, which the empty expression of an unknown key would be.
  const nothing = '/older/a.mp4?md5=1B2M2Y8AsgTpgAmY7PhCfg&expires=9999999999';
  for (const bad of [nothing, nothing.replace('md5=', 's=').replace('expires', 'e'), `${nothing}&k=x`])
    expect((await ask(nginx, bad)).status).toBe(401);
  const before = (await nginx.records()).length;
  expect((await ask(nginx, legacyLink('/older/a.mp4'))).status).toBe(200);
  expect((await nginx.waitForRecords(before + 1)).at(-1)).toMatchObject({ key: 'old', token: '' });
  const claims = `${legacyLink('/older/a.mp4')}&k=a1&t=another&e=9999999999&s=${'A'.repeat(22)}`;
  expect((await ask(nginx, claims)).status).toBe(200);
  expect((await nginx.waitForRecords(before + 2)).at(-1)).toMatchObject({ key: 'old', token: '' });
});

test('a gate that an error leads to, where keys are not to be had any more: closed, the MD5 of nothing too', async () => {
  const site = await startSite({
    files: { 'files/a.mp4': hello },
    server: `
      location ^~ /one/ { return 404; error_page 404 @one; }
      location @one { include tallygate/protect.conf; root www/files; try_files /a.mp4 =404; }
      location ^~ /two/ { return 404; error_page 404 @two; }
      location @two { include tallygate/protect-native.conf; root www/files; try_files /a.mp4 =404; }`,
  });
  const nothing = 'md5=1B2M2Y8AsgTpgAmY7PhCfg&expires=9999999999';
  const empty = `e=9999999999&k=a1&s=1B2M2Y8AsgTpgAmY7PhCfg`;
  for (const target of [`/one/?${nothing}`, `/one/?${empty}`, `/two/?${nothing}`])
    expect((await ask(site, target)).body).not.toContain(hello);
  await site.stop();
});

test('what a public address says of a token is nobody’s', async () => {
  const before = (await nginx.records()).length;
  await ask(nginx, `/public/a.mp4?t=another&k=a1&e=9999999999&s=${'A'.repeat(22)}`);
  expect((await nginx.waitForRecords(before + 1)).at(-1)).toMatchObject({ key: '', token: '' });
});
