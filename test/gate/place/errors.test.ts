// What else the gate answers: files that are missing, folders without an index, the site's own error pages; and that a
// page with SSI prints no secret.

import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Nginx, NginxOptions } from '../../harness/nginx.ts';
import { ask, hello, inSeconds, key, legacyKey, legacyLink, link, startSite } from '../site.ts';

async function site(options: NginxOptions): Promise<Nginx> {
  const nginx = await startSite(options);
  onTestFinished(() => nginx.stop());
  return nginx;
}

const own = { 'files/folder/x.txt': hello, '404.html': 'the page of the site\n', '50x.html': 'broken\n' };

describe("the site's own error pages", () => {
  const pages = 'error_page 404 /404.html; error_page 403 /404.html; error_page 502 /50x.html;';

  test.each<[string, { server?: string; http?: string }]>([
    ['of the server', { server: pages }],
    ['of http', { http: pages }],
  ])('%s are its own inside the gate, too', async (_, options) => {
    const nginx = await site({
      ...options,
      files: own,
      server: `${options.server ?? ''} location ^~ /origin/ { include tallygate/protect.conf; proxy_pass http://127.0.0.1:9; }`,
    });
    const missing = await ask(nginx, link('/files/nothing.zip'));
    expect(missing).toMatchObject({ status: 404, body: 'the page of the site\n' });
    const folder = await ask(nginx, link('/files/folder/'));
    expect(folder).toMatchObject({ status: 403, body: 'the page of the site\n' });
    expect(await ask(nginx, link('/origin/x'))).toMatchObject({ status: 502, body: 'broken\n' });
    // What the gate refuses has the gate's page.
    const refused = await ask(nginx, '/files/a.txt');
    expect(refused).toMatchObject({ status: 403, body: expect.stringContaining('This link does not work') });
    const late = await ask(nginx, link('/files/a.txt', { expires: inSeconds(-5) }));
    expect(late).toMatchObject({ status: 410, body: expect.stringContaining('This link has ended') });
  });
});

describe('missing.conf', () => {
  const options = {
    files: own,
    server: `
      location ^~ /gone/ { include tallygate/protect.conf; include tallygate/missing.conf; alias www/files/; }`,
  };
  test.each([
    ['', 'This file is not here'],
    ['de', 'Diese Datei gibt es nicht'],
  ])('a good link to nothing, in the language %j', async (language, title) => {
    const nginx = await site(options);
    const headers: Record<string, string> = language ? { 'Accept-Language': language } : {};
    const answer = await ask(nginx, link('/gone/nothing.zip'), { headers });
    expect(answer.status).toBe(404);
    expect(Buffer.from(answer.body, 'latin1').toString()).toContain(`<h1>${title}</h1>`);
    expect((await ask(nginx, '/gone/nothing.zip', { headers })).status).toBe(403);
  });
  test('and when the page is missing: 404 all the same', async () => {
    const nginx = await site(options);
    await rm(path.join(nginx.places.includes, 'pages/en'), { recursive: true });
    expect((await ask(nginx, link('/gone/nothing.zip'))).status).toBe(404);
  });
});

test('a folder without an index is no revoked link', async () => {
  const nginx = await site({ files: own, http: 'map "" $tallygate_log_refused { default 1; }' });
  const answer = await ask(nginx, link('/files/folder/'));
  expect(answer.status).toBe(403);
  expect(answer.body).not.toContain('link');
});

test('SSI prints no secret, no salt, and nothing to sign with', async () => {
  const names = [
    'secret',
    'mac',
    'preimage',
    'legacy_preimage',
    'native_preimage',
    'who',
    'canonical',
    'current_key',
  ];
  const page = names.map((name) => `${name}=<!--# echo var="tallygate_${name}" default="" -->\n`).join('');
  const nginx = await site({
    files: { 'files/page.shtml': page, 'open/page.shtml': page },
    server: `
      ssi on; ssi_types text/plain application/octet-stream;
      location ^~ /open/ { include tallygate/count.conf; }
      location ^~ /bare/ { alias www/open/; }
      location ^~ /older/ { include tallygate/protect-native.conf; alias www/files/; }`,
  });
  const salts = await readFile(path.join(nginx.places.etc, 'salts.conf'), 'utf8');
  const [, salt = ''] = /"(.{22})\$/.exec(salts) ?? [];
  expect(salt).toHaveLength(22);
  const targets = [
    link('/files/page.shtml', { token: 'tok' }),
    legacyLink('/files/page.shtml'),
    legacyLink('/older/page.shtml'),
    '/open/page.shtml?k=a1&e=9999999999&s=x',
    `/open/page.shtml?k=a1&e=9999999999&p=1&s=${'A'.repeat(22)}`,
    '/open/page.shtml?md5=x&expires=9999999999',
    '/bare/page.shtml?k=a1&e=9999999999&s=x&day=1',
  ];
  for (const target of targets) {
    const { status, body } = await ask(nginx, target);
    expect([target, status]).toEqual([target, 200]);
    expect(body).toContain('secret=');
    for (const word of [key.secret, legacyKey.expression.split(' ')[1] ?? '', salt])
      expect([target, body.includes(word)]).toEqual([target, false]);
    // A MAC for an address that the client chose would be a link.
    if (!target.startsWith('/files')) expect(body).not.toMatch(/mac=[0-9a-f]/);
  }
});
