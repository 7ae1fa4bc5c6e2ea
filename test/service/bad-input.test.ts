// Every bad input with the answer it must get: FAULTS, "API/redemption". The table is the documentation.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { revokeApiKey } from '../../app/service/keys/api-keys.ts';
import { api, origin, type SendOptions, startService, type TestService } from './harness.ts';

let service: TestService;
let issuer: string;
let reader: string;
let revoked: string;
beforeAll(async () => {
  service = await startService();
  issuer = await service.key('issue');
  reader = await service.key('read');
  revoked = await service.key('admin');
  const [newest] = await service.database.sql`select id from api_keys where 'admin' = any(scopes)`;
  await revokeApiKey(service.deps.sql, newest?.id);
});
afterAll(() => service.stop());

type Expected = { status: number; field?: string; headers?: Record<string, string> };

async function expectProblem(response: Response, expected: Expected): Promise<void> {
  const problem = (await response.json()) as Record<string, unknown>;
  expect(response.status, JSON.stringify(problem)).toBe(expected.status);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(problem).toMatchObject({
    type: expect.stringMatching(/^\/tallygate\/api#[a-z_]+$/),
    title: expect.any(String),
    status: expected.status,
    detail: expect.any(String),
    request_id: response.headers.get('x-request-id'),
  });
  if (expected.field !== undefined) {
    const fields = ((problem.errors ?? []) as { pointer?: string; parameter?: string }[]).map(
      ({ pointer, parameter }) => pointer ?? parameter,
    );
    expect(fields).toContain(expected.field);
  }
  for (const [name, value] of Object.entries(expected.headers ?? {})) {
    expect(response.headers.get(name)).toBe(value);
  }
}

describe('authentication', () => {
  const challenge = { 'www-authenticate': 'Bearer realm="tallygate"' };
  const invalid = { 'www-authenticate': 'Bearer realm="tallygate", error="invalid_token"' };
  const unreadable = { 'www-authenticate': 'Bearer realm="tallygate", error="invalid_request"' };
  const absent = `tg_${'A'.repeat(43)}`;
  test.each<[string, string, SendOptions, Expected]>([
    ['no header', '/files', {}, { status: 401, headers: challenge }],
    [
      'another scheme',
      '/files',
      { headers: { authorization: 'Basic dGc6dGc=' } },
      { status: 401, headers: unreadable },
    ],
    [
      'an empty bearer',
      '/files',
      { headers: { authorization: 'Bearer ' } },
      { status: 401, headers: unreadable },
    ],
    [
      'two keys',
      '/files',
      { headers: { authorization: 'Bearer a b' } },
      { status: 401, headers: unreadable },
    ],
    ['a malformed key', '/files', { key: 'tg_short' }, { status: 401, headers: invalid }],
    ['an unknown key', '/files', { key: absent }, { status: 401, headers: invalid }],
    ['a key of 10 KB', '/files', { key: 'x'.repeat(10_240) }, { status: 401, headers: invalid }],
    ['a key in the query', `/files?access_token=${absent}`, {}, { status: 401, headers: challenge }],
  ])('%s', async (_, path, options, expected) => {
    await expectProblem(await service.send('GET', api + path, options), expected);
  });

  test('a valid key in the query opens nothing', async () => {
    for (const name of ['access_token', 'api_key', 'token', 'key']) {
      await expectProblem(await service.send('GET', `${api}/files?${name}=${reader}`), { status: 401 });
    }
  });
  test('a revoked key', async () => {
    await expectProblem(await service.send('GET', `${api}/files`, { key: revoked }), {
      status: 401,
      headers: invalid,
    });
  });
  test('the wrong scope', async () => {
    await expectProblem(await service.send('GET', `${api}/files`, { key: issuer }), { status: 403 });
    const body = { path: '/a' };
    await expectProblem(await service.send('POST', `${api}/tokens`, { key: reader, body }), { status: 403 });
  });
});

describe('the body of POST /tokens', () => {
  const good = { path: '/files/a.iso' };
  test.each<[string, unknown, Expected]>([
    ['not JSON', '{"path":', { status: 400 }],
    ['a bare NaN', '{"path":"/a","ttl":NaN}', { status: 400 }],
    ['empty', '', { status: 400 }],
    ['an array', [], { status: 400, field: '/' }],
    ['no path', {}, { status: 400, field: '/path' }],
    ['path and paths', { ...good, paths: ['/b'] }, { status: 400, field: '/path' }],
    ['an unknown field', { ...good, tll: 1 }, { status: 400, field: '/tll' }],
    ['__proto__', '{"path":"/a","__proto__":{"ttl":1}}', { status: 400, field: '/__proto__' }],
    ['ttl as text', { ...good, ttl: '60' }, { status: 400, field: '/ttl' }],
    ['path as a number', { path: 1 }, { status: 400, field: '/path' }],
    ['ttl 0', { ...good, ttl: 0 }, { status: 422, field: '/ttl' }],
    ['ttl negative', { ...good, ttl: -1 }, { status: 422, field: '/ttl' }],
    ['ttl fractional', { ...good, ttl: 1.5 }, { status: 422, field: '/ttl' }],
    ['ttl 2^53', { ...good, ttl: 2 ** 53 }, { status: 422, field: '/ttl' }],
    ['ttl 1e999', '{"path":"/a","ttl":1e999}', { status: 422, field: '/ttl' }],
    ['finish_ttl before ttl', { ...good, ttl: 60, finish_ttl: 59 }, { status: 422, field: '/finish_ttl' }],
    ['a relative path', { path: 'files/a.iso' }, { status: 422, field: '/path' }],
    ['an empty path', { path: '' }, { status: 422, field: '/path' }],
    ['the whole site', { path: '/' }, { status: 422, field: '/path' }],
    ['an absolute URL', { path: 'https://evil.example/a' }, { status: 422, field: '/path' }],
    ['javascript:', { path: 'javascript:alert(1)' }, { status: 422, field: '/path' }],
    ['another host', { path: '//evil.example/a' }, { status: 422, field: '/path' }],
    ['an empty segment', { path: '/a//b' }, { status: 422, field: '/path' }],
    ['a dot segment', { path: '/files/./a' }, { status: 422, field: '/path' }],
    ['two dots', { path: '/files/../a' }, { status: 422, field: '/path' }],
    ['two dots at the end', { path: '/files/..' }, { status: 422, field: '/path' }],
    ['encoded dots', { path: '/files/%2e%2e/a' }, { status: 422, field: '/path' }],
    ['CR and LF', { path: '/a\r\nX: y' }, { status: 422, field: '/path' }],
    ['NUL', { path: '/a\u0000b' }, { status: 422, field: '/path' }],
    ['DEL', { path: '/a\u007fb' }, { status: 422, field: '/path' }],
    ['half a surrogate pair', '{"path":"/a\\ud800"}', { status: 422, field: '/path' }],
    ['a path of 3 KB', { path: `/${'a'.repeat(3000)}` }, { status: 422, field: '/path' }],
    ['the second of several', { paths: ['/a', '/../b'] }, { status: 422, field: '/paths/1' }],
    ['a label with half a pair', '{"path":"/a","label":"\\udc00"}', { status: 422, field: '/label' }],
    ['a label with ESC', { ...good, label: 'a\u001b[2J' }, { status: 422, field: '/label' }],
    ['a file name with a slash', { ...good, filename: '../a' }, { status: 422, field: '/filename' }],
    ['no address', { ...good, address: '999.1.1.1' }, { status: 422, field: '/address' }],
    ['max_copies 0', { ...good, max_copies: 0 }, { status: 422, field: '/max_copies' }],
    ['rate 2^31', { ...good, rate: 2 ** 31 }, { status: 422, field: '/rate' }],
    ['another enforce', { ...good, enforce: 'maybe' }, { status: 422, field: '/enforce' }],
    ['no date', { ...good, not_before: 'tomorrow' }, { status: 422, field: '/not_before' }],
    ['NUL in metadata', { ...good, metadata: { a: ['\u0000'] } }, { status: 422, field: '/metadata' }],
    ['deep metadata', deepMetadata(30_000), { status: 422, field: '/metadata' }],
    ['large metadata', { ...good, metadata: { a: 'x'.repeat(5000) } }, { status: 422, field: '/metadata' }],
  ])('%s', async (_, body, expected) => {
    await expectProblem(await service.send('POST', `${api}/tokens`, { key: issuer, body }), expected);
  });

  test('a file name with markup is a name, and is nothing but text in the link', async () => {
    for (const filename of ['<script>alert(1)<b>.zip', 'javascript:alert(1)', '"; filename="evil.exe']) {
      const response = await service.send('POST', `${api}/tokens`, {
        key: issuer,
        body: { ...good, filename },
      });
      expect(response.status).toBe(201);
      const { link } = (await response.json()) as { link: string };
      expect(link).not.toMatch(/[<>"\s]/);
      expect(new URL(link).searchParams.get('n')).toBe(filename);
    }
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
  ])('content type %s', async (type) => {
    const options = { key: issuer, body: JSON.stringify(good), headers: { 'content-type': type } };
    await expectProblem(await service.send('POST', `${api}/tokens`, options), { status: 415 });
  });
  test('no content type', async () => {
    const response = await service.app.request(`${api}/tokens`, {
      method: 'POST',
      headers: { authorization: `Bearer ${issuer}` },
      body: new Blob([JSON.stringify(good)]),
    });
    await expectProblem(response, { status: 415 });
  });
  test('too large, with a length and without', async () => {
    const body = JSON.stringify({ ...good, label: 'x'.repeat(70_000) });
    const length = { 'content-length': String(body.length) };
    await expectProblem(await service.send('POST', `${api}/tokens`, { key: issuer, body, headers: length }), {
      status: 413,
    });
    await expectProblem(await service.send('POST', `${api}/tokens`, { key: issuer, body }), { status: 413 });
  });
});

describe('addresses', () => {
  test.each<[string, string, string, Expected]>([
    ['an unknown sort', 'GET', '/files?sort=id;drop%20table%20tokens', { status: 400, field: 'sort' }],
    ['limit -1', 'GET', '/files?limit=-1', { status: 400, field: 'limit' }],
    ['limit 1e9', 'GET', '/files?limit=1e9', { status: 400, field: 'limit' }],
    ['limit as text', 'GET', '/files?limit=many', { status: 400, field: 'limit' }],
    ['a huge offset', 'GET', '/files?offset=999999999', { status: 400, field: 'offset' }],
    ['a made-up cursor', 'GET', '/files?cursor=zzz', { status: 400, field: 'cursor' }],
    ['a date that is none', 'GET', '/files?from=2026-99-99', { status: 400, field: 'from' }],
    ['an id that is none', 'GET', '/tokens/a%20b', { status: 400, field: 'id' }],
    ['nothing', 'GET', '/nothing', { status: 404 }],
    ['a doubled slash', 'GET', '//files', { status: 404 }],
    ['an encoded slash', 'GET', '/tokens%2Fx', { status: 404 }],
    ['a doubled slash, then another host', 'GET', '//evil.example/files', { status: 404 }],
    ['the wrong method', 'DELETE', '/tokens', { status: 405, headers: { allow: 'GET, HEAD, POST' } }],
    ['the wrong method', 'PUT', '/tokens/x', { status: 405, headers: { allow: 'GET, HEAD' } }],
  ])('%s: %s %s', async (_, method, path, expected) => {
    await expectProblem(await service.send(method, api + path, { key: reader }), expected);
  });

  test('no spelling of a private page opens it without a key', async () => {
    for (const spelling of [
      '//tallygate/reports',
      '/tallygate//reports',
      '/tallygate/reports/',
      '/tallygate/reports//files',
      '/tallygate/reports%2Ffiles',
      '/tallygate%2Freports',
      '/tallygate/%72eports/files',
      '/tallygate/redeem/../reports/files',
      '/tallygate/redeem/%2e%2e/reports/files',
      '/tallygate/redeem/..%2freports',
      '/Tallygate/Reports/files',
      '/tallygate/reports/files;x',
      '/tallygate/api/v1//tokens',
      '/tallygate/api/v1/%74okens',
      '/tallygate/assets/..%2freports%2ffiles',
    ]) {
      const response = await service.send('GET', spelling);
      expect([spelling, response.status]).toEqual([
        spelling,
        expect.toSatisfy((n) => n === 401 || n === 404),
      ]);
      expect(await response.text()).not.toContain('Sign out');
    }
  });

  test.each([
    '/files?sort=path;drop%20table%20tokens',
    '/files?first=2026-99-99',
    '/files?cursor=zzz',
    '/codes?page=-1',
    '/codes?page=99999999999',
    '/codes?page=1.5',
    '/leeches?hours=NaN',
    '/agents?class=alien',
    '/tokens?token=%00',
    '/months?zone=../../etc/passwd',
    '/file?host=h&path=%ff',
  ])('parameters of a page: %s', async (query) => {
    const response = await service.send('GET', `/tallygate/reports${query}`, { key: reader });
    expect(response.status).toBe(query.includes('%ff') ? 404 : 400);
  });

  test.each([
    '/tallygate/login',
    '/tallygate/logout',
    '/tallygate/redeem',
    '/tallygate/reports/leeches/block',
  ])('a form of another site, with and without a content type: %s', async (form) => {
    for (const type of [undefined, 'application/x-www-form-urlencoded', 'text/plain']) {
      for (const from of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }, {}]) {
        const response = await service.app.request(form, {
          method: 'POST',
          headers: { ...from, ...(type && { 'content-type': type }), authorization: `Bearer ${reader}` },
          body: new Blob([`key=${reader}&code=x&visitor=x`]),
        });
        const asked = [form, type, from];
        expect([...asked, response.status]).toEqual([...asked, 403]);
        expect(response.headers.get('set-cookie')).toBeNull();
      }
    }
  });

  test('another host is refused, and never appears in a link', async () => {
    const options = { key: issuer, body: { path: '/a' } };
    for (const host of ['evil.example', 'dl.example.org.evil.example', 'localhost.evil.example']) {
      const response = await service.send('POST', `${api}/tokens`, { ...options, headers: { host } });
      await expectProblem(response, { status: 421 });
    }
    for (const host of ['dl.example.org', 'DL.example.org:443', '127.0.0.1:8377', 'localhost']) {
      const headers = { host, 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' };
      const response = await service.send('POST', `${api}/tokens`, { ...options, headers });
      expect(response.status).toBe(201);
      expect(((await response.json()) as { link: string }).link).toMatch(`${origin}/a?`);
    }
  });
});

test('no key, link or label was written to the log', async () => {
  const label = 'Secret Spring LP';
  const response = await service.send('POST', `${api}/tokens`, { key: issuer, body: { path: '/a', label } });
  const { link } = (await response.json()) as { link: string };
  const log = service.logged.join('\n');
  for (const secret of [issuer, reader, revoked, label, new URL(link).searchParams.get('s') as string]) {
    expect(log).not.toContain(secret);
  }
});

/** A token request whose metadata is nested so deep that whatever recurses over it runs out of stack. */
function deepMetadata(levels: number): string {
  return `{"path":"/a","metadata":{"a":${'['.repeat(levels)}${']'.repeat(levels)}}}`;
}
