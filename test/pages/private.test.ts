// Nothing private is shown by accident: every route there is, without a key; and sessions that are forged, old, or
// of a key that was revoked.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { revokeApiKey } from '../../app/service/keys/api-keys.ts';
import { origin, startService, type TestService } from '../service/harness.ts';

let service: TestService;
let now = Date.now();
beforeAll(async () => {
  service = await startService({ now: () => now });
});
afterAll(() => service.stop());

// Everything that answers without a key, by the beginning of its path; what is not listed must ask for one.
const open = [
  '/healthz',
  '/readyz',
  '/tallygate/healthz',
  '/tallygate/readyz',
  '/tallygate/assets/',
  '/tallygate/login',
  '/tallygate/logout',
  '/tallygate/redeem',
  '/tallygate/artwork',
  // The link in the address is the credential.
  '/tallygate/get/',
  '/tallygate/internal/',
  '/tallygate/badges/',
  '/tallygate/api/openapi.json',
  '/tallygate/api/v1/redemptions',
];
const exactlyOpen = [
  '/tallygate/api',
  '/tallygate/api/',
  '/tallygate',
  '/tallygate/',
  '/metrics',
  '/tallygate/api/v1/codes/redeem',
];

it('every other route asks for a key', async () => {
  const routes = service.app.routes.filter(({ method }) => method !== 'ALL');
  const asked: string[] = [];
  for (const { method, path } of routes) {
    if (exactlyOpen.includes(path) || open.some((beginning) => path.startsWith(beginning))) continue;
    const address = path.replace(/\/:\w+(?:\{[^}]*\})?/g, '/x').replace('*', 'x');
    const response = await service.app.request(address, { method, headers: { origin } });
    asked.push(`${method} ${path}`);
    expect([`${method} ${path}`, response.status]).toEqual([`${method} ${path}`, 401]);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
  }
  expect(asked.length).toBeGreaterThan(60);
  expect(asked).toContain('GET /tallygate/reports/leeches');
  expect(asked).toContain('POST /tallygate/reports/leeches/block');
});

it('a page without a key shows the form to sign in, and nothing else', async () => {
  await service.database.sql`insert into files (id, host, path) values (1, 'h', '/secret-name.zip')`;
  const response = await service.app.request('/tallygate/reports/file?host=h&path=/secret-name.zip');
  expect(response.status).toBe(401);
  const html = await response.text();
  expect(html).toContain('name="key"');
  // Where to go afterwards is what was asked for, and no news.
  expect(html.replaceAll(/name="next" value="[^"]*"/g, '')).not.toContain('secret');
});

describe('a session', () => {
  async function signIn(key: string, next = '/tallygate/reports') {
    const response = await service.app.request('/tallygate/login', {
      method: 'POST',
      headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ key, next }).toString(),
    });
    const cookie = response.headers.get('set-cookie')?.split(';')[0] ?? '';
    return { response, cookie };
  }
  const page = async (cookie: string) =>
    (await service.app.request('/tallygate/reports', { headers: { cookie } })).status;

  it('begins with a key that may read, in a cookie that scripts and other sites do not get', async () => {
    const { response, cookie } = await signIn(await service.key('read'));
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe('/tallygate/reports');
    expect(response.headers.get('set-cookie')).toMatch(/; Path=\/tallygate; HttpOnly; Secure; SameSite=Lax$/);
    expect(cookie).not.toContain('tg_');
    expect(await page(cookie)).toBe(200);
  });

  it('does not begin with a wrong key, or one that may only issue', async () => {
    expect((await signIn('tg_wrong')).response.status).toBe(403);
    const { response, cookie } = await signIn(await service.key('issue'));
    expect([response.status, cookie]).toEqual([403, '']);
  });

  it('is refused when forged or changed', async () => {
    const { cookie } = await signIn(await service.key('read'));
    const [name, value = ''] = cookie.split('=');
    for (const wrong of [
      '',
      value.replace(/^./, (c) => (c === '0' ? '1' : '0')),
      value.slice(0, -4),
      `${value}A`,
      'x'.repeat(43),
    ]) {
      expect([wrong, await page(`${name}=${encodeURIComponent(wrong)}`)]).toEqual([wrong, 401]);
    }
  });

  it('ends on the server when its person signs out, and no other one of the same key', async () => {
    const key = await service.key('read');
    const [first, other] = [(await signIn(key)).cookie, (await signIn(key)).cookie];
    const out = await service.app.request('/tallygate/logout', {
      method: 'POST',
      headers: { origin, cookie: first },
    });
    expect(out.status).toBe(303);
    expect([await page(first), await page(other)]).toEqual([401, 200]);
    const rows = await service.database.sql`select s::text from sessions s`;
    expect(JSON.stringify(rows)).not.toContain(other.split('=')[1]);
  });

  it('ends after twelve hours, and with its key', async () => {
    const { cookie } = await signIn(await service.key('read'));
    now += 12 * 3600_000 + 2000;
    expect(await page(cookie)).toBe(401);
    const key = await service.key('read');
    const second = await signIn(key);
    expect(await page(second.cookie)).toBe(200);
    const [row] = await service.database.sql<{ id: string }[]>`
      select id from api_keys order by created_at desc limit 1`;
    await revokeApiKey(service.deps.sql, row?.id ?? '');
    expect(await page(second.cookie)).toBe(401);
  });

  it('leads nowhere but to our own pages', async () => {
    const key = await service.key('read');
    for (const next of [
      'https://evil.example',
      '//evil.example',
      '/tallygate/reports\\@evil',
      '/elsewhere',
      '/tallygate/reports@x',
    ]) {
      expect((await signIn(key, next)).response.headers.get('location')).toBe('/tallygate/reports');
    }
    const own = '/tallygate/reports/files?sort=-bytes';
    expect((await signIn(key, own)).response.headers.get('location')).toBe(own);
  });

  it('is refused after ten wrong keys: to the right one too, by every instance, until the time is over', async () => {
    const key = await service.key('read');
    const from = (address: string, secret: string, { app } = service) =>
      app.request(
        '/tallygate/login',
        {
          method: 'POST',
          headers: {
            origin,
            'content-type': 'application/x-www-form-urlencoded',
            // Nobody trusts who sends it: it makes no other address of this one.
            'x-forwarded-for': '203.0.113.9',
          },
          body: new URLSearchParams({ key: secret }).toString(),
        },
        { incoming: { socket: { remoteAddress: address } } },
      );
    for (let n = 0; n < 10; n++) expect((await from('198.51.100.1', `tg_${n}`)).status).toBe(403);
    const refused = await from('198.51.100.1', key);
    expect(refused.status).toBe(429);
    const wait = Number(refused.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(500);
    expect(wait).toBeLessThanOrEqual(600);
    expect(refused.headers.get('set-cookie')).toBeNull();
    const html = await refused.text();
    expect(html).toMatch(/role="alert">Too many failed attempts; try again in \d+ minutes\./);
    expect(html).not.toContain(key);
    // A restart, or another instance, forgets nothing; another address, and programs from the same one, go on.
    const other = await startService({ now: () => now, sql: service.deps.sql });
    expect((await from('198.51.100.1', key, other)).status).toBe(429);
    await other.stop();
    expect((await from('198.51.100.2', key)).status).toBe(303);
    const program = await service.app.request(
      '/tallygate/api/v1/files',
      { headers: { authorization: `Bearer ${key}` } },
      { incoming: { socket: { remoteAddress: '198.51.100.1' } } },
    );
    expect(program.status).toBe(200);
    await service.database.sql`update attempts set expire = expire - 601000 where key like 'login_600:%'`;
    expect((await from('198.51.100.1', key)).status).toBe(303);
  });

  it('does nothing for a form of another site, or for a key that may only look', async () => {
    const { cookie } = await signIn(await service.key('read'));
    const block = (headers: Record<string, string>, session = cookie) =>
      service.app.request('/tallygate/reports/leeches/block', {
        method: 'POST',
        headers: { cookie: session, 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: 'visitor=AAAAAAAAAAA&seconds=3600',
      });
    expect((await block({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await block({})).status).toBe(403);
    expect((await block({ origin })).status).toBe(403);
    const { cookie: issuer } = await signIn(await service.key('read', 'issue'));
    expect((await block({ origin: 'https://evil.example' }, issuer)).status).toBe(403);
    expect(await service.database.sql`select from denials`).toHaveLength(0);
    expect((await block({ origin }, issuer)).status).toBe(303);
    const [denial] = await service.database.sql`select kind, subject, until from denials`;
    expect(denial).toMatchObject({ kind: 'v', subject: 'AAAAAAAAAAA' });
  });
});

it('the stylesheet and the script are what their address says, for ever', async () => {
  const key = await service.key('read');
  const html = await (await service.send('GET', '/tallygate/reports/live', { key })).text();
  const addresses = html.match(/\/tallygate\/assets\/[\w.]+/g) ?? [];
  expect(addresses).toHaveLength(3);
  for (const address of addresses) {
    const response = await service.app.request(address);
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    const text = await response.text();
    expect(text.length).toBeGreaterThan(100);
    // A stylesheet is one file: what it imports is in it, and nothing is loaded after it.
    expect(text).not.toContain('@import');
    if (address.endsWith('.css'))
      expect(text).toMatch(/:root[\s\S]*\.figures[\s\S]*\.stack[\s\S]*@media print/);
  }
});

it('pages carry the strict headers, and parameters that mean nothing are 400', async () => {
  const key = await service.key('read');
  const ask = (path: string) => service.send('GET', `/tallygate/reports${path}`, { key });
  const { headers } = await ask('');
  expect(headers.get('content-security-policy')).toBe(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  );
  expect(headers.get('cache-control')).toBe('no-store');
  for (const wrong of [
    '?zone=Mars/Olympus',
    '/files?sort=id;drop',
    '/files?cursor=garbage',
    '/files?first=2026-02-30',
    '/files?nonsense=1',
    '/months?measure=password',
    '/months?page=-1',
    '/months?page=99999999999',
    '/leeches?hours=0',
    '/leeches?sort=agent',
    '/file?path=/a',
    '/csv/files.csv?sort=x',
  ]) {
    expect([wrong, (await ask(wrong)).status]).toEqual([wrong, 400]);
  }
  expect((await ask('/file?host=h&path=/none')).status).toBe(404);
  expect((await ask('/codes?batch=none')).status).toBe(404);
});

it('whoever typed a wrong address sees a page, a program reads JSON, and both have the status', async () => {
  const ask = (path: string, accept: string) => service.app.request(path, { headers: { accept } });
  const browser = 'text/html,application/xhtml+xml,*/*;q=0.8';
  for (const path of ['/tallygate/', '/tallygate/nothing', '/tallygate/redeem/AAAAAAAAAAAAAAAAAAAAAA']) {
    const page = await ask(path, browser);
    expect([path, page.status, page.headers.get('content-type')]).toEqual([
      path,
      404,
      'text/html; charset=UTF-8',
    ]);
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
    expect(await page.text()).toContain('<h1>There is nothing here</h1>');
    const problem = await ask(path, '*/*');
    expect([path, problem.status, problem.headers.get('content-type')]).toEqual([
      path,
      404,
      'application/problem+json',
    ]);
  }
  // Whoever is signed in is led back, also from what only middleware refuses.
  const key = await service.key('read');
  const signedIn = { headers: { accept: browser, authorization: `Bearer ${key}` } };
  const wrong = await service.app.request('/tallygate/reports/leeches?hours=0', signedIn);
  const foreign = await service.app.request('/tallygate/reports/leeches/block', {
    method: 'POST',
    body: 'visitor=AAAAAAAAAAA',
    headers: {
      ...signedIn.headers,
      origin: 'https://evil.example',
      'content-type': 'application/x-www-form-urlencoded',
    },
  });
  for (const [response, status] of [
    [wrong, 400],
    [foreign, 403],
  ] as const) {
    expect(response.status).toBe(status);
    expect(await response.text()).toContain('<a href="/tallygate/reports">Overview</a>');
  }
  const api = await ask('/tallygate/api/v1/nothing', browser);
  expect(api.headers.get('content-type')).toBe('application/problem+json');
  // What somebody typed is shown as text.
  expect(await (await ask('/tallygate/<script>', browser)).text()).not.toContain('<script>');
});
