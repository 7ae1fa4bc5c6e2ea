// What happens to those who are turned away: the status, the page, the log that the operator may ask for. And who is
// denied without a reload.

import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { subjectsOf } from '../../app/denials/subjects.ts';
import { forge } from '../../app/nginx/forge.ts';
import { until } from '../../app/process/until.ts';
import { type Nginx, startNginx } from '../harness/nginx.ts';
import { get, sendRaw } from './raw.ts';
import { ask, etc, hello, inPath, inSeconds, legacyLink, link, startSite } from './site.ts';

let nginx: Nginx;
beforeAll(async () => {
  nginx = await startSite({
    http: 'map "" $tallygate_log_refused { default 1; } set_real_ip_from 127.0.0.1; real_ip_header X-Forwarded-For;',
    files: { 'files/big.bin': new Uint8Array(3_000_000), 'files/héllo.txt': hello },
    server:
      'include tallygate/segments.conf; location ^~ /slow/ { include tallygate/protect.conf; alias www/files/; limit_rate 10k; }',
  });
});
afterAll(() => nginx.stop());

const refusedLog = () => path.join(nginx.places.log, 'refused.log');
/** The line of the one refused request that this user agent made: NGINX writes it after the answer. */
function refusalOf(agent: string): Promise<Record<string, unknown>> {
  return until(async () => {
    const lines = (await readFile(refusedLog(), 'latin1')).split('\n').filter((line) => line !== '');
    return lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .find((line) => line.agent === agent);
  }, `the refusal of ${agent}`);
}
let agents = 0;
/** The cookie of a folder's link. */
const cookieOf = (target: string) => `tallygate=${inPath(target).split('/').slice(2, 6).join('/')}`;
const newAgent = () => `agent ${++agents}`;

describe('the reason is in the log, and nowhere else', () => {
  test.each([
    ['malformed', () => '/files/a.txt', 403],
    ['malformed', () => `${link('/files/a.txt')}&s=twice`, 403],
    ['unknown_key', () => link('/files/a.txt').replace('k=a1', 'k=b2'), 403],
    ['forged', () => link('/files/a.txt').replace(/e=\d+/, `e=${inSeconds(9999)}`), 403],
    ['forged', () => legacyLink('/files/a.txt').replace('md5=', 'md5=A'), 403],
    ['address', () => link('/files/a.txt', { address: '203.0.113.9' }), 403],
    ['not_yet', () => link('/files/a.txt', { notBefore: inSeconds(99) }), 403],
    ['expired', () => link('/files/a.txt', { expires: inSeconds(-3) }), 410],
    ['expired', () => legacyLink('/files/a.txt', inSeconds(-3)), 410],
  ])('%s', async (reason, target, status) => {
    const other = status === 403 ? '/files/b.txt' : link('/files/b.txt', { expires: 1 });
    const { body } = await ask(nginx, other);
    const agent = newAgent();
    const answer = await ask(nginx, target(), { headers: { 'User-Agent': agent } });
    expect(answer).toMatchObject({ status, body });
    expect(await refusalOf(agent)).toMatchObject({ v: 1, path: '/files/a.txt', status, reason });
    const text = await readFile(refusedLog(), 'latin1');
    expect(text).not.toMatch(/[?&](s|md5)=/);
    expect(text).not.toContain('203.0.113');
  });

  test('it is one valid line of ASCII for whatever bytes come', async () => {
    await sendRaw(
      nginx,
      get('/files/%ff%0a%22x', ['User-Agent: a"\xff\x1b', 'Referer: https://example.org/x']),
    );
    expect(await refusalOf('a"\ufffd\x1b')).toMatchObject({ reason: 'malformed', referrer: 'example.org' });
    expect(await readFile(refusedLog(), 'latin1')).toMatch(/^[\x20-\x7e\n]*$/);
  });

  test('and no download is recorded', async () => {
    const before = (await nginx.records()).length;
    await ask(nginx, '/files/a.txt');
    await ask(nginx, link('/files/a.txt'));
    expect((await nginx.waitForRecords(before + 1)).length).toBe(before + 1);
  });
});

describe('the page', () => {
  test.each([
    [403, '', 'This link does not work'],
    [410, 'fr', 'This link has ended'],
    [403, 'de-AT,de;q=0.9,en;q=0.8', 'Dieser Link funktioniert nicht'],
    [410, 'de', 'Dieser Link ist abgelaufen'],
  ])('%i in the language %j', async (status, language, title) => {
    const target = status === 403 ? '/files/a.txt' : link('/files/a.txt', { expires: inSeconds(-3) });
    const answer = await ask(nginx, target, {
      headers: language === '' ? {} : { 'Accept-Language': language },
    });
    expect(answer.status).toBe(status);
    expect(Buffer.from(answer.body, 'latin1').toString()).toContain(`<h1>${title}</h1>`);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
  });
  test('is not to be had by its address', async () => {
    expect((await ask(nginx, '/tallygate/pages/403.html')).status).toBe(404);
  });
});

describe('the deny folder, with no reload', () => {
  test('a token', async () => {
    const file = path.join(nginx.places.state, 'deny/t/q3Jx_7-Z');
    const target = link('/files/a.txt', { token: 'q3Jx_7-Z' });
    expect((await ask(nginx, target)).status).toBe(200);
    await writeFile(file, '');
    const agent = newAgent();
    expect((await ask(nginx, target, { headers: { 'User-Agent': agent } })).status).toBe(410);
    expect(await refusalOf(agent)).toMatchObject({ reason: 'revoked' });
    // Only who holds the link learns of it.
    expect((await ask(nginx, forge(target))).status).toBe(403);
    expect((await ask(nginx, link('/files/a.txt', { token: 'q3Jx_7-z' }))).status).toBe(200);
    expect((await ask(nginx, link('/files/a.txt'))).status).toBe(200);
    await rm(file);
    expect((await ask(nginx, target)).status).toBe(200);
  });
  test.each(['/files/a.txt', '/files/héllo.txt'])('one file of a folder: %s', async (file) => {
    const token = '0123456789abcdefghjkmn';
    const folder = (path: string) => link(path, { token, prefix: 1 });
    const [denied] = subjectsOf({ id: token, paths: ['/files/'] }, file);
    const name = path.join(nginx.places.state, 'deny/t', denied as string);
    const ways = [
      () => ask(nginx, folder(file)),
      () => ask(nginx, inPath(folder(file))),
      () => ask(nginx, encodeURI(file), { headers: { Cookie: cookieOf(folder('/files/big.bin')) } }),
      () => ask(nginx, folder(file).replace('/files/', '/files/./x/..//')),
    ];
    for (const way of ways) expect((await way()).status).toBe(200);
    await writeFile(name, '');
    for (const way of ways) expect((await way()).status).toBe(410);
    const agent = newAgent();
    await ask(nginx, folder(file), { headers: { 'User-Agent': agent } });
    expect(await refusalOf(agent)).toMatchObject({ reason: 'revoked' });
    // No other file, no other token, no link to the file alone; another folder's cookie may open it.
    expect((await ask(nginx, folder('/files/big.bin'))).status).toBe(200);
    expect((await ask(nginx, link(file, { token: 'x', prefix: 1 }))).status).toBe(200);
    expect((await ask(nginx, link(file, { token }))).status).toBe(200);
    const both = [folder(file), link(file, { token: 'x', prefix: 1 })].map(cookieOf).join('; ');
    expect((await ask(nginx, encodeURI(file), { headers: { Cookie: both } })).status).toBe(200);
    await rm(name);
    for (const way of ways) expect((await way()).status).toBe(200);
  });
  test('a visitor, whatever the link', async () => {
    const headers = { 'User-Agent': 'nuisance' };
    const before = (await nginx.records()).length;
    await ask(nginx, link('/files/a.txt'), { headers });
    const visitor = String((await nginx.waitForRecords(before + 1)).at(-1)?.visitor);
    const file = path.join(nginx.places.state, 'deny/v', visitor);
    await writeFile(file, '');
    await chmod(file, 0o600);
    expect((await ask(nginx, link('/files/a.txt', { token: 'x' }), { headers })).status).toBe(410);
    expect((await ask(nginx, '/public/a.txt', { headers })).status).toBe(410);
    expect((await ask(nginx, '/public/a.txt')).status).toBe(200);
    expect((await ask(nginx, link('/files/a.txt'))).status).toBe(200);
    await rm(file);
    expect((await ask(nginx, link('/files/a.txt'), { headers })).status).toBe(200);
  });
});

test('a token may have as many connections as limits.conf says, and no more', async () => {
  // Minutes' worth, more than NGINX's and the kernel's buffers hold: all are under way still when the next one asks.
  const target = link('/slow/big.bin', { token: 'many' });
  const controllers = Array.from({ length: 64 }, () => new AbortController());
  const opened = await Promise.all(
    controllers.map(({ signal }) => fetch(nginx.url + target, { headers: { Range: 'bytes=1-' }, signal })),
  );
  expect(opened.map(({ status }) => status)).toEqual(Array(64).fill(206));
  expect((await ask(nginx, target)).status).toBe(503);
  expect((await ask(nginx, link('/files/a.txt', { token: 'other' }))).status).toBe(200);
  expect((await ask(nginx, link('/files/a.txt'))).status).toBe(200);
  for (const controller of controllers) controller.abort();
  await until(async () => (await ask(nginx, target, { method: 'HEAD' })).status === 200, 'room');
});

test("a rate is its holder's: one connection, for a token or for each visitor of a link", async () => {
  const slow = (token?: string) => link('/files/big.bin', { token, rate: 10_000 });
  const open = async (target: string, agent: string) => {
    const controller = new AbortController();
    const answer = await fetch(nginx.url + target, {
      headers: { 'User-Agent': agent },
      signal: controller.signal,
    });
    return { status: answer.status, close: () => controller.abort() };
  };
  const [token, other, nobodys] = [slow('rated'), slow('rated-too'), slow()];
  const first = await open(token, 'one');
  const second = await open(nobodys, 'one');
  expect([first.status, second.status]).toEqual([200, 200]);
  expect((await open(token, 'two')).status).toBe(503);
  expect((await open(nobodys, 'one')).status).toBe(503);
  const others = [await open(other, 'two'), await open(nobodys, 'two')];
  expect(others.map(({ status }) => status)).toEqual([200, 200]);
  // The files of one token have ids of their own, and one rate.
  const file = (n: number) => open(slow(`0123456789abcdefghjkmn-${n}`), 'one');
  const files = [await file(1), await file(2)];
  expect(files.map(({ status }) => status)).toEqual([200, 503]);
  for (const { close } of [first, second, ...others, ...files]) close();
  await until(async () => (await ask(nginx, token, { method: 'HEAD' })).status === 200, 'room');
});

test('whatever page is missing, the answer is the same', async () => {
  const nginx = await startNginx({
    etc: etc(),
    files: { 'files/a.txt': hello },
    server: `
      location / { root www; try_files $uri /files/a.txt; }
      location /files/ { include tallygate/protect.conf; }
      location /old/ { include tallygate/protect-native.conf; alias www/files/; }`,
  });
  const late = { expires: inSeconds(-5) };
  const expected = async (site: Nginx) => {
    expect((await ask(site, link('/files/a.txt'))).status).toBe(200);
    for (const target of [forge(link('/files/a.txt')), '/files/a.txt', '/files/%3f%25'])
      expect(await ask(site, target)).toMatchObject({
        status: 403,
        body: expect.not.stringContaining(hello),
      });
    expect((await ask(site, link('/files/a.txt', late))).status).toBe(410);
  };
  await expected(nginx);
  expect((await ask(nginx, '/old/a.txt')).status).toBe(403);
  expect((await ask(nginx, legacyLink('/old/a.txt', inSeconds(-5)))).status).toBe(410);
  await nginx.stop();

  const bare = await startSite();
  await rm(path.join(bare.places.includes, 'pages/en'), { recursive: true });
  await expected(bare);
  await bare.stop();
});
