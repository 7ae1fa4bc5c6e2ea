// What a link can carry beyond an expiry: each argument, in the real NGINX.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Nginx } from '../harness/nginx.ts';
import { ask, hello, inSeconds, link, startSite } from './site.ts';

let nginx: Nginx;
beforeAll(async () => {
  nginx = await startSite({
    http: 'set_real_ip_from 127.0.0.1; real_ip_header X-Forwarded-For;',
    files: {
      'files/big.bin': new Uint8Array(400_000),
      'files/Héloïse demo 😀.mp3': hello,
      'files/a+b&c=d?e#f%41.txt': hello,
    },
    server: `
      location /other/prefix/ { include tallygate/protect.conf; alias www/files/; }
      location ~ ^/by-name/(.+)\\.(txt)$ { include tallygate/protect.conf; alias www/files/$1.$2; }`,
  });
});
afterAll(() => nginx.stop());

const status = async (target: string, headers: Record<string, string> = {}) =>
  (await ask(nginx, target, { headers })).status;

test.each(['/files/Héloïse demo 😀.mp3', '/files/a+b&c=d?e#f%41.txt'])('the path %s', async (path) => {
  const before = (await nginx.records()).length;
  expect((await ask(nginx, link(path))).body).toBe(hello);
  expect((await nginx.waitForRecords(before + 1)).at(-1)?.path).toBe(path);
});

test('alias, another prefix, and $1 of a regular expression', async () => {
  expect((await ask(nginx, link('/other/prefix/a.txt'))).body).toBe(hello);
  expect((await ask(nginx, link('/by-name/a.txt'))).body).toBe(hello);
  // Neither the longer forms of a link nor IPv6 may cost the location its captures.
  const fields = { filename: 'x.txt', finishBy: inSeconds(9000), address: '2001:db8::1', rate: 1_000_000 };
  const answer = await ask(nginx, link('/by-name/a.txt', fields), {
    headers: { 'X-Forwarded-For': '2001:db8::9', Referer: 'https://example.org/x' },
  });
  expect(answer.body).toBe(hello);
  expect(await status('/by-name/a.txt?e=1')).toBe(403);
});

describe('f, finish by', () => {
  const resumable = () => link('/files/a.txt', { expires: inSeconds(-5), finishBy: inSeconds(600) });
  test.each([
    ['bytes=5-', 206],
    ['bytes=5-8', 206],
    ['bytes=0-', 410],
    ['bytes=00-', 410],
    ['bytes=-5', 410],
    ['bytes=5-6,0-3', 410],
    ['lines=5-', 410],
    ['', 410],
  ])('after e, Range %s: %i', async (range, expected) => {
    expect(await status(resumable(), range === '' ? {} : { Range: range })).toBe(expected);
  });
  test('before e, everything', async () => {
    const both = link('/files/a.txt', { finishBy: inSeconds(9000) });
    expect(await status(both)).toBe(200);
    expect(await status(both, { Range: 'bytes=0-3' })).toBe(206);
  });
  test('after f, nothing', async () => {
    const ended = link('/files/a.txt', { expires: inSeconds(-20), finishBy: inSeconds(-10) });
    expect(await status(ended, { Range: 'bytes=5-' })).toBe(410);
  });
  test('f cannot be raised, nor stand before e', async () => {
    const target = resumable();
    expect(await status(target.replace(/f=\d+/, `f=${inSeconds(9999)}`), { Range: 'bytes=5-' })).toBe(403);
    expect(await status(target.replace(/f=\d+/, 'f=1'), { Range: 'bytes=5-' })).toBe(403);
  });
});

test('e is the last second in which a download may begin', async () => {
  // By NGINX's own clock, which each answer tells; anew until one came in that very second, and one in the next.
  const seen = new Set<number>();
  while (!(seen.has(0) && seen.has(1))) {
    const expires = inSeconds(1);
    const target = link('/files/a.txt', { expires });
    for (let after = -1; after <= 0; ) {
      const answer = await ask(nginx, target);
      after = Date.parse(String(answer.headers.date)) / 1000 - expires;
      expect([after, answer.status]).toEqual([after, after > 0 ? 410 : 200]);
      seen.add(after);
    }
  }
});

test('b, not before: 403 until then, forged or not', async () => {
  const early = link('/files/a.txt', { notBefore: inSeconds(600) });
  expect(await status(early)).toBe(403);
  expect(await status(early.replace(/b=\d+/, 'b=1'))).toBe(403);
  expect(await status(link('/files/a.txt', { notBefore: inSeconds(-1) }))).toBe(200);
  // Not valid yet comes before no longer valid: neither is told.
  const both = link('/files/a.txt', { notBefore: inSeconds(600), expires: inSeconds(-5) });
  expect(await status(both)).toBe(403);
});

describe('i, bound to an address, behind a proxy', () => {
  test.each([
    ['203.0.113.9', '203.0.113.9', 200],
    ['203.0.113.9', '203.0.113.10', 403],
    ['203.0.113.9', '2001:db8::1', 403],
    ['2001:db8:85a3:1234::1', '2001:db8:85a3:1234:ffff:ffff:ffff:ffff', 200],
    ['2001:db8:85a3:1234::1', '2001:db8:85a3:1235::1', 403],
    ['2001:db8::1', '2001:0DB8:0:0:abcd::', 200],
    ['2001:db8:0:1::1', '2001:db8:0:1:1:1:1:1', 200],
    ['2001:db8:0:1::1', '2001:db8:0:0:1:1:1:1', 403],
    ['::1', '::2', 200],
    ['1::', '1:0:0:0:5:6:7:8', 200],
    ['1:2:3:4:5:6:7:8', '1:2:3:4::', 200],
    ['198.51.100.7', '::ffff:198.51.100.7', 200],
  ])('for %s, asked from %s: %i', async (bound, client, expected) => {
    const target = link('/files/a.txt', { address: bound });
    expect(await status(target, { 'X-Forwarded-For': client })).toBe(expected);
  });
  test('the binding cannot be taken off', async () => {
    const target = link('/files/a.txt', { address: '203.0.113.9' });
    for (const without of [
      target.replace('&i=1', ''),
      target.replace('i=1', 'i=0'),
      target.replace('i=1', 'i=203.0.113.9'),
    ])
      expect(await status(without, { 'X-Forwarded-For': '203.0.113.9' })).toBe(403);
  });
});

test('r limits the rate', async () => {
  const started = Date.now();
  // NGINX sends a second's worth at once: 400,000 bytes at 200,000 a second take at least one second.
  const answer = await ask(nginx, link('/files/big.bin', { rate: 200_000 }));
  expect(answer.body.length).toBe(400_000);
  expect(Date.now() - started).toBeGreaterThan(900);
  expect(await status(link('/files/big.bin', { rate: 200_000 }).replace('r=200000', 'r=900000'))).toBe(403);
});

describe('n, the file name', () => {
  test.each([
    [
      'My "best" mix.iso',
      `attachment; filename="My _best_ mix.iso"; filename*=UTF-8''My%20%22best%22%20mix.iso`,
    ],
    [
      'Grüße 😀.zip',
      `attachment; filename="Gr__e _.zip"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%F0%9F%98%80.zip`,
    ],
    ["a'(b)*;.txt", `attachment; filename="a'(b)*;.txt"; filename*=UTF-8''a%27%28b%29%2A%3B.txt`],
    ['100%41\\x.txt', `attachment; filename="100_41_x.txt"; filename*=UTF-8''100%2541%5Cx.txt`],
    ['a+b.txt', `attachment; filename="a+b.txt"; filename*=UTF-8''a%2Bb.txt`],
  ])('%s', async (name, header) => {
    const answer = await ask(nginx, link('/files/a.txt', { filename: name }));
    expect(answer.status).toBe(200);
    expect(answer.headers['content-disposition']).toBe(header);
  });
  test('no name, no header; a refused link, no header', async () => {
    expect((await ask(nginx, link('/files/a.txt'))).headers['content-disposition']).toBeUndefined();
    const late = await ask(nginx, link('/files/a.txt', { filename: 'x', expires: inSeconds(-5) }));
    expect(late.status).toBe(410);
    expect(late.headers['content-disposition']).toBeUndefined();
  });
  test.each(['%0d%0aX-Injected:%201', '%00', '%c3', '%ff', '%', '%e2%80', '', 'x'.repeat(256), '%c2%85'])(
    'refused: n=%s',
    async (name) => {
      const answer = await ask(nginx, link('/files/a.txt', { filename: 'x' }).replace('n=x', `n=${name}`));
      expect(answer.status).toBe(403);
      expect(answer.headers['x-injected']).toBeUndefined();
    },
  );
});
