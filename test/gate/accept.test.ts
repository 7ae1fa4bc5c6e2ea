// What the gate lets through, what it turns away, and the record of it.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Nginx } from '../harness/nginx.ts';
import { ask, hello, inSeconds, legacyLink, link, startSite } from './site.ts';

let nginx: Nginx;
beforeAll(async () => {
  nginx = await startSite();
});
afterAll(() => nginx.stop());

test('a signed link gets the file and leaves one record', async () => {
  const before = (await nginx.records()).length;
  const answer = await ask(nginx, link('/files/a.txt', { token: 'q3Jx' }));
  expect(answer).toMatchObject({ status: 200, body: hello });
  const record = (await nginx.waitForRecords(before + 1)).at(-1);
  expect(record).toMatchObject({
    v: 1,
    path: '/files/a.txt',
    status: 200,
    sent: hello.length,
    from: 0,
    size: hello.length,
    token: 'q3Jx',
    key: 'a1',
    agent: 'test',
    referrer: '',
    country: '',
  });
  expect(record?.visitor).toMatch(/^[A-Za-z0-9_-]{10}[AEIMQUYcgkosw048]$/);
  expect(record?.etag).toBe(answer.headers.etag);
  expect(Object.keys(record ?? {}).join()).toBe(
    'v,edge,id,at,host,path,etag,status,sent,from,size,ms,token,key,visitor,agent,referrer,country',
  );
});

test('a range is recorded with where it began and the size of the file', async () => {
  const before = (await nginx.records()).length;
  const answer = await ask(nginx, link('/files/a.txt'), { headers: { Range: 'bytes=5-8' } });
  expect(answer).toMatchObject({ status: 206, body: hello.slice(5, 9) });
  expect((await nginx.waitForRecords(before + 1)).at(-1)).toMatchObject({
    status: 206,
    sent: 4,
    from: 5,
    size: hello.length,
  });
});

test('a public file is counted without a link', async () => {
  const before = (await nginx.records()).length;
  expect((await ask(nginx, '/public/a.txt?t=forged&k=a1')).status).toBe(200);
  expect((await nginx.waitForRecords(before + 1)).at(-1)).toMatchObject({
    path: '/public/a.txt',
    token: '',
    key: '',
  });
});

test("a site's older secure_link link works beside, and its key is recorded", async () => {
  const before = (await nginx.records()).length;
  expect((await ask(nginx, legacyLink('/files/a.txt'))).status).toBe(200);
  expect((await nginx.waitForRecords(before + 1)).at(-1)).toMatchObject({ key: 'old', token: '' });
  expect((await ask(nginx, legacyLink('/files/a.txt', inSeconds(-10)))).status).toBe(410);
});

test.each([
  ['no arguments', () => '/files/a.txt', 403],
  ['expired', () => link('/files/a.txt', { expires: inSeconds(-2) }), 410],
  ['another path', () => link('/files/b.txt').replace('b.txt', 'a.txt'), 403],
  ['another expiry', () => link('/files/a.txt').replace(/e=(\d+)/, (_, e) => `e=${Number(e) + 1}`), 403],
  ['unknown key', () => link('/files/a.txt').replace('k=a1', 'k=zz'), 403],
  ['no key', () => link('/files/a.txt').replace('&k=a1', ''), 403],
  ['a token that was not signed', () => `${link('/files/a.txt')}&t=free`, 403],
  ['MD5 of nothing', () => `/files/a.txt?e=${inSeconds(60)}&k=a1&s=1B2M2Y8AsgTpgAmY7PhCfg`, 403],
  ['MD5 of nothing, unknown key', () => `/files/a.txt?e=${inSeconds(60)}&k=no&s=1B2M2Y8AsgTpgAmY7PhCfg`, 403],
  [
    'MD5 of nothing, secure_link',
    () => `/files/a.txt?expires=${inSeconds(60)}&md5=1B2M2Y8AsgTpgAmY7PhCfg`,
    403,
  ],
])('%s: %s', async (_, target, status) => {
  const before = (await nginx.records()).length;
  expect((await ask(nginx, target())).status).toBe(status);
  expect((await nginx.records()).length).toBe(before);
});
