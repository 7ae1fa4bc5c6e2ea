// The gate's bad inputs, each a row: what a client can send, and the one answer that is right.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Nginx } from '../harness/nginx.ts';
import { get, sendRaw } from './raw.ts';
import { ask, hello, inSeconds, key, legacyLink, link, startSite } from './site.ts';

let nginx: Nginx;
beforeAll(async () => {
  nginx = await startSite({
    server: 'location /old/ { include tallygate/protect-native.conf; }',
    files: { 'old/a.txt': hello, 'files/%2e%2e.txt': 'percent', 'files/a b/c.txt': hello },
  });
});
afterAll(() => nginx.stop());

const status = async (target: string) => (await ask(nginx, target)).status;
/** With `name`'s value replaced. */
const swap = (target: string, name: string, value: string) =>
  target.replace(new RegExp(`([?&]${name}=)[^&]*`), (_, head: string) => head + value);
const without = (target: string, name: string) => target.replace(new RegExp(`([?&])${name}=[^&]*&?`), '$1');

const spellings = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** A signature's other spellings: the last character's low bits, which base64 has to spare. */
function lowBitVariants(signature: string): string[] {
  const last = spellings.indexOf(signature.slice(-1));
  return [1, 7, 15].map((bits) => signature.slice(0, -1) + spellings.charAt(last + bits));
}
const argument = (target: string, name: string) => new RegExp(`[?&]${name}=([^&]*)`).exec(target)?.[1] ?? '';

describe.each([
  ['a link of ours', () => link('/files/a.txt'), 's', 'e'],
  ["a site's secure_link, in protect.conf", () => legacyLink('/files/a.txt'), 'md5', 'expires'],
  ["a site's secure_link, in protect-native.conf", () => legacyLink('/old/a.txt'), 'md5', 'expires'],
])('%s', (kind, make, signature, expires) => {
  const ours = kind === 'a link of ours';
  test('is good', async () => expect(await status(make())).toBe(200));

  test('signature or expiry missing or empty', async () => {
    for (const name of [signature, expires]) {
      expect(await status(without(make(), name))).toBe(403);
      expect(await status(swap(make(), name, ''))).toBe(403);
    }
    expect(await status(make().split('?')[0] ?? '')).toBe(403);
    expect(await status(`${make().split('?')[0]}?`)).toBe(403);
  });
  test.each([
    '0',
    '-1',
    '+1',
    '1e9',
    '9223372036854775808',
    '99999999999999999999',
    '0x7fffffff',
    '%201',
    '1.5',
    '%31',
  ])('expiry %s', async (value) => expect(await status(swap(make(), expires, value))).toBe(403));
  test.each([
    'A',
    'A'.repeat(21),
    'A'.repeat(23),
    'A'.repeat(25),
    'A'.repeat(2000),
    '%2D',
    '!!',
    '+/+/+/+/+/+/+/+/+/+/+w',
  ])('signature %s', async (value) => expect(await status(swap(make(), signature, value))).toBe(403));
  test('other spellings of the signature', async () => {
    // One link: made anew, it would expire a second later now and then.
    const good = make();
    const value = argument(good, signature);
    for (const other of [...lowBitVariants(value), `${value}=`, `${value}==`])
      expect([other, await status(swap(good, signature, other))]).toEqual([other, ours ? 403 : 200]);
    expect(await status(swap(good, signature, value.toLowerCase()))).toBe(403);
  });
  test('an expiry of its own in the signature', async () => {
    expect(await status(swap(make(), signature, `${argument(make(), signature)},9999999999`))).toBe(403);
    expect(await status(swap(make(), signature, `${argument(make(), signature)}%2c9999999999`))).toBe(403);
  });
  test('a name in the wrong case', async () => {
    expect(await status(make().replace(`${signature}=`, `${signature.toUpperCase()}=`))).toBe(
      ours ? 403 : 200,
    );
    expect(await status(make().replace(`${expires}=`, `${expires.toUpperCase()}=`))).toBe(ours ? 403 : 200);
  });
  test('an argument twice', async () => {
    for (const name of [signature, expires]) {
      for (const value of [argument(make(), name), 'x', '']) {
        expect(await status(`${make()}&${name}=${value}`)).toBe(403);
        expect(await status(make().replace('?', `?${name}=${value}&`))).toBe(403);
        expect(await status(`${make()}&${name.toUpperCase()}=${value}`)).toBe(403);
      }
    }
  });
  test('other arguments are nobody’s business', async () => {
    expect(await status(`${make()}&utm_source=x&utm_source=y&ref&=&&`)).toBe(200);
    expect(await status(make().replace('?', '?fbclid=a%20b&'))).toBe(200);
  });
  test('late', async () => {
    const make = ours
      ? link('/files/a.txt', { expires: inSeconds(-1) })
      : legacyLink('/files/a.txt', inSeconds(-1));
    expect(await status(make)).toBe(410);
    expect(await status(swap(make, signature, 'A'.repeat(22)))).toBe(403);
  });
  test('another path, also one that differs in case', async () => {
    expect(await status(make().replace('a.txt', 'A.txt'))).toBe(403);
    expect(await status(make().replace('a.txt', 'a.txt/'))).toBe(403);
    expect(await status(make().replace('a.txt', 'b.txt'))).toBe(403);
  });
  test('names of the same path reach it, and are counted under one', async () => {
    const [folder, query] = [make().split('a.txt')[0] ?? '', make().split('?')[1]];
    const path = `${folder}a.txt`;
    const before = (await nginx.records()).length;
    const names = [
      `/${folder}a.txt`,
      `/.${folder}a.txt`,
      `/x/..${folder}a.txt`,
      `${folder}%61.txt`,
      path.replaceAll('/', '%2F').replace('%2F', '/'),
    ];
    for (const name of names) expect([name, await status(`${name}?${query}`)]).toEqual([name, 200]);
    const records = (await nginx.waitForRecords(before + names.length)).slice(before);
    expect(records.map((record) => record.path)).toEqual(names.map(() => path));
  });
  test.each([
    ['/%252e%252e/x', 403],
    ['/../../../../etc/passwd', 400],
    ['/%2e%2e/%2e%2e/%2e%2e/etc/passwd', 400],
    ['/a%00.txt', 400],
    ['/a%zz', 400],
    ['/a%', 400],
    ['/a\x01', 400],
    ['/a\x7f', 400],
  ])('path %j: %i', async (suffix, expected) => {
    const [path, query] = make().split('?');
    expect((await sendRaw(nginx, get(`${path?.replace('/a.txt', '')}${suffix}?${query}`))).status).toBe(
      expected,
    );
  });
  test('bytes that are no UTF-8 in the path', async () => {
    for (const name of ['\xff', '%ff', '%c3%28', '%ef%bf%bd', '\xed\xa0\x80'])
      expect((await sendRaw(nginx, get(make().replace('a.txt', name)))).status).toBe(403);
  });
  test('too long', async () => {
    expect((await sendRaw(nginx, get(`${make()}&x=${'y'.repeat(9000)}`))).status).toBe(414);
    expect((await sendRaw(nginx, get(make(), [`X: ${'y'.repeat(9000)}`]))).status).toBe(400);
  });
  test('methods', async () => {
    const before = (await nginx.records()).length;
    expect((await ask(nginx, make(), { method: 'HEAD' })).status).toBe(200);
    for (const method of ['POST', 'PUT', 'DELETE']) {
      expect((await ask(nginx, make(), { method })).status).toBe(405);
      expect((await ask(nginx, swap(make(), signature, 'x'), { method })).status).toBe(405);
    }
    expect((await nginx.records()).length).toBe(before);
  });
  test('304 is no download', async () => {
    const before = (await nginx.records()).length;
    const { etag } = (await ask(nginx, make())).headers;
    expect((await ask(nginx, make(), { headers: { 'If-None-Match': String(etag) } })).status).toBe(304);
    expect((await nginx.waitForRecords(before + 1)).length).toBe(before + 1);
  });
  test('Proxy-Connection, which crashed a worker of NGINX 1.31.4', async () => {
    expect((await sendRaw(nginx, get(make(), ['Proxy-Connection: x']))).status).toBe(200);
  });
  test('several ranges at once are answered with the whole file', async () => {
    const answer = await ask(nginx, make(), { headers: { Range: 'bytes=0-1,4-5' } });
    expect(answer).toMatchObject({ status: 200, body: hello });
  });
});

describe('moving a character from one field to the next', () => {
  const good = () => link('/files/a.txt', { token: 'ab', finishBy: inSeconds(9000) });
  test.each([
    ['e into k', (t: string) => t.replace(/e=(\d+)(\d)&/, 'e=$1&').replace('k=a', 'k=1a')],
    ['t into the path', (t: string) => swap(t, 't', 'a').replace('/files/', '/files/b/')],
    ['f away', (t: string) => without(t, 'f')],
    ['t away', (t: string) => without(t, 't')],
    ['an encoded line end', (t: string) => swap(t, 't', 'ab%0ai=1')],
    ['a fragment of the canonical string', (t: string) => swap(t, 'k', 'a1%0ae=9')],
    ['more digits (length extension)', (t: string) => t.replace(/e=(\d{10})/, 'e=$10')],
  ])('%s', async (_, move) => expect(await status(move(good()))).toBe(403));
});

test('a key that is not there, too long, or in the wrong case', async () => {
  for (const id of [
    'zz',
    'A1',
    'a1%20',
    '-',
    '%61%31',
    'a'.repeat(17),
    'old',
    'default',
    'volatile',
    '__proto__',
  ])
    expect([id, await status(swap(link('/files/a.txt'), 'k', id))]).toEqual([id, 403]);
});

test('a link of ours in protect-native.conf', async () => {
  expect(await status(link('/old/a.txt'))).toBe(403);
  expect(
    await status(`${link('/old/a.txt')}&md5=${argument(link('/old/a.txt'), 's')}&expires=${inSeconds(60)}`),
  ).toBe(403);
});

test('a secure_link cannot bring arguments that only a signature could vouch for', async () => {
  const before = (await nginx.records()).length;
  const answer = await ask(nginx, `${legacyLink('/files/a.txt')}&t=stolen&r=1&n=evil.exe&f=9999999999&p=1`);
  expect(answer).toMatchObject({ status: 200, body: hello });
  expect(answer.headers['content-disposition']).toBeUndefined();
  expect(answer.headers['set-cookie']).toBeUndefined();
  expect((await nginx.waitForRecords(before + 1)).at(-1)).toMatchObject({ token: '', key: 'old' });
});

test('every single character of a signature counts', async () => {
  const target = link('/files/a.txt', { token: 'tok' });
  const value = argument(target, 's');
  for (let i = 0; i < value.length; i++) {
    const other = value[i] === 'A' ? 'Q' : 'A';
    expect(await status(swap(target, 's', value.slice(0, i) + other + value.slice(i + 1)))).toBe(403);
  }
  expect(key.secret.length).toBe(32);
});
