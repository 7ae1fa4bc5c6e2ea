// The forms a link can have, as API and command line issue them, and what NGINX answers to each: to the link itself and
// to the addresses relative to it, as a player asks for them; in a real browser where it is about cookies.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient } from '../../app/client/client.ts';
import { ask } from '../gate/site.ts';
import { tallygate } from '../harness/program.ts';
import { openPage, startBrowser } from '../pages/browser.ts';
import { type Edge, startEdge } from './edge.ts';

// What a folder may be called, and what differs between those who encode it.
const names = ['plain', 'a b  c', 'Größe 音', "it's (1)!", '*@+,:&=$', '50% ?#;~', '/deep/er', 's/1/2/a1/-'];
const folderOf = (name: string) => `/hls/${name.replace(/^\//, '')}`;
const segmentsOf = (name: string) => folderOf(name).split('/').length - 1;

let edge: Edge;
let browser: Browser;
beforeAll(async () => {
  const files = names.flatMap((name): [string, string][] => [
    [`${folderOf(name).slice(1)}/list.m3u8`, `list of ${name}`],
    [`${folderOf(name).slice(1)}/sub/seg ${name.replaceAll('/', '')}.ts`, `segment of ${name}`],
  ]);
  [edge, browser] = await Promise.all([
    startEdge({
      files: { ...Object.fromEntries(files), 'hls/beside.txt': 'beside' },
      server: `include tallygate/segments.conf;
        location ^~ /hls/ { include tallygate/protect.conf; }
        location = /shop  { default_type text/html; add_header Set-Cookie $http_x_set; return 200 shop; }`,
    }),
    startBrowser(),
  ]);
});
afterAll(async () => {
  await browser?.close();
  await edge?.stop();
});

type Issued = { id: string; link: string; cookie?: string; detail?: string };
async function issue(route: 'links' | 'tokens', body: object, status = 201): Promise<Issued> {
  const response = await edge.api('POST', `/${route}`, body);
  const answer = (await response.json()) as Issued;
  expect(response.status, JSON.stringify(answer)).toBe(status);
  return answer;
}

/** Asks as a browser does that has this cookie: it is sent where its Path begins the address, letter by letter. */
async function get(address: string, cookie?: string) {
  const { origin, pathname } = new URL(address);
  const isSent = cookie && pathname.startsWith(/; Path=([^;]+)/.exec(cookie)?.[1] ?? '?');
  const headers = isSent ? { Cookie: cookie.split(';')[0] as string } : {};
  return ask(edge.nginx, address.slice(origin.length), { headers });
}

/** The link, an address relative to it, and one that climbs out of the folder. */
async function play({ link, cookie }: Issued, name: string) {
  const segment = `sub/seg ${name.replaceAll('/', '')}.ts`;
  const below = new URL(segment.split('/').map(encodeURIComponent).join('/'), link).href;
  const out = new URL(`${'../'.repeat(segmentsOf(name) - 1)}beside.txt`, link).href;
  const answers = await Promise.all([get(link, cookie), get(below, cookie), get(out, cookie)]);
  return answers.map(({ status, body }) =>
    status === 200 ? Buffer.from(body, 'latin1').toString() : status,
  );
}

describe.each(names)('of the folder %j', (name) => {
  const path = `${folderOf(name)}/list.m3u8`;
  const opened = [`list of ${name}`, `segment of ${name}`, 403];
  const terms = { path, prefix: segmentsOf(name) };

  test.each(['links', 'tokens'] as const)('POST /%s', async (route) => {
    expect(await play(await issue(route, { ...terms, form: 'path' }), name)).toEqual(opened);
    expect(await play(await issue(route, { ...terms, form: 'cookie' }), name)).toEqual(opened);
    const { link } = await issue(route, terms);
    expect(await play({ id: '', link }, name)).toEqual([opened[0], 403, 403]);
  });
});

test('the plain form of each: which arguments, where, and how long a cookie is kept', async () => {
  const terms = { path: '/hls/a b  c/', ttl: 60, finish_ttl: 120, rate: 9_000_000 };
  const inPath = await issue('tokens', { ...terms, form: 'path' });
  expect(inPath.link).toMatch(
    new RegExp(
      `^${edge.nginx.url}/s/[\\w-]{22}/\\d{10}\\.f\\d{10}\\.p2\\.r9000000/a1/${inPath.id}/hls/a%20b%20%20c/$`,
    ),
  );
  const { link, cookie, id } = await issue('tokens', { ...terms, form: 'cookie' });
  expect(link).toBe(`${edge.nginx.url}/hls/a%20b%20%20c/`);
  expect(cookie).toMatch(
    new RegExp(
      `^tallygate=[\\w-]{22}/\\d{10}\\.f\\d{10}\\.p2\\.r9000000/a1/${id}; Path=/hls/a%20b%20%20c/; Max-Age=1[12]\\d; HttpOnly; SameSite=Lax$`,
    ),
  );
  // Without a folder a link in the path is for its file alone.
  const file = await issue('links', { path: '/hls/plain/list.m3u8', form: 'path' });
  expect((await get(file.link)).status).toBe(200);
  expect((await get(file.link.replace('list.m3u8', 'sub/seg%20plain.ts'))).status).toBe(403);
});

test('a token keeps its form: read, listed, in a batch, and revoked', async () => {
  const client = createClient(edge.nginx.url, edge.apiKey);
  const terms = { prefix: 2, label: 'forms' };
  const [first, second] = await client.issueMany([
    { ...terms, paths: ['/hls/plain/list.m3u8', '/hls/a b  c/list.m3u8'], form: 'cookie' },
    { ...terms, path: '/hls/plain/list.m3u8', form: 'path' },
    { path: '/files/a.bin', label: 'forms' },
  ]);
  expect(first).toMatchObject({ form: 'cookie', prefix: 2, cookie: first?.links?.[0]?.cookie });
  expect(first?.links?.[1]?.cookie).toContain('; Path=/hls/a%20b%20%20c/;');
  expect(second).not.toHaveProperty('cookie');
  const read = await client.token(second?.id as string);
  expect(read).toMatchObject({ form: 'path', prefix: 2, link: second?.link });
  const listed: string[] = [];
  for await (const { form } of client.tokens({ label: 'forms' })) listed.push(form);
  expect(listed.sort()).toEqual(['cookie', 'path', 'query']);
  // The record names the token, and nothing of the link.
  const before = (await edge.nginx.records()).length;
  expect((await get(read.link)).status).toBe(200);
  const record = (await edge.nginx.waitForRecords(before + 1)).at(-1);
  expect(record).toMatchObject({ token: read.id, path: '/hls/plain/list.m3u8', key: 'a1' });
  expect(JSON.stringify(record)).not.toContain('/s/');
});

test.each([
  [{ path: '/hls/plain/list.m3u8', form: 'cookie' }, '/form: a cookie opens a folder'],
  [{ path: '/hls/plain/list.m3u8', form: 'path', filename: 'a.m3u8' }, '/filename: does not go into a link'],
  [
    { path: '/hls/plain/', form: 'cookie', filename: 'a.m3u8' },
    '/filename: names a file, and the link is for a folder',
  ],
  [{ path: '/hls/list.m3u8', prefix: 2, form: 'path' }, '/prefix: /hls/list.m3u8 does not lie below 2'],
  [{ path: '/hls/plain/list.m3u8', prefix: 17 }, '/prefix: '],
  [{ path: '/hls/plain/list.m3u8', form: 'header' }, '/form: '],
])('%j is refused', async (body, detail) => {
  for (const route of ['links', 'tokens'] as const)
    expect((await issue(route, body, 422)).detail).toContain(detail);
});

describe('the command line', () => {
  const link = (...args: string[]) => tallygate(['link', ...args], { env: edge.env });

  test('path and cookie', async () => {
    const [target, ...more] = ["/hls/it's (1)!/list.m3u8", '--folder', '2', '--token', 'tok'];
    const inPath = await link(target as string, ...more, '--form', 'path');
    expect(inPath).toMatchObject({ code: 0 });
    const opened = ["list of it's (1)!", "segment of it's (1)!", 403];
    expect(await play({ id: '', link: inPath.stdout.trim() }, "it's (1)!")).toEqual(opened);
    const byCookie = await link(target as string, ...more, '--form', 'cookie');
    const [address, set, ...rest] = byCookie.stdout.split('\n');
    expect(rest).toEqual(['']);
    const cookie = set?.replace(/^Set-Cookie: /, '') as string;
    expect(await play({ id: '', link: address as string, cookie }, "it's (1)!")).toEqual(opened);
    const secure = await tallygate(['link', target as string, ...more, '--form', 'cookie'], {
      env: { ...edge.env, TALLYGATE_ORIGIN: 'https://dl.example.org' },
    });
    expect(secure.stdout).toMatch(/; SameSite=Lax; Secure\n$/);
  });

  test.each([
    [['/a', '--form', 'cookie'], 'a cookie opens a folder', 'Name a path inside a folder'],
    [['/hls/x/a', '--form', 'cookie'], 'a cookie opens a folder', '--folder 2 for all beside /hls/x/a'],
    [['/a', '--form', 'path', '--name', 'b'], 'holds no file name', 'Leave the file name out'],
  ])('%j is refused', async (args, message, remedy) => {
    const outcome = await link(...args);
    expect(outcome).toMatchObject({ code: 1, stdout: '' });
    expect(outcome.stderr).toContain(message);
    expect(outcome.stderr).toContain(remedy);
  });
});

test('a real browser keeps the cookie and sends it below its folder', async () => {
  const { page } = await openPage(browser, edge.nginx.url, {});
  await page.goto(`${edge.nginx.url}/shop`);
  const status = (address: string, headers: Record<string, string> = {}) =>
    page.evaluate(async ([at, sent]) => (await fetch(at, { headers: sent, cache: 'no-store' })).status, [
      address,
      headers,
    ] as const);
  const seen: Record<string, number[]> = {};
  const wanted: Record<string, number[]> = {};
  for (const name of names) {
    const terms = { path: `${folderOf(name)}/list.m3u8`, prefix: segmentsOf(name), form: 'cookie' };
    const { link, cookie } = await issue('links', terms);
    const below = new URL(`sub/seg%20${encodeURIComponent(name.replaceAll('/', ''))}.ts`, link).href;
    const before = await status(link);
    await status('/shop', { 'x-set': cookie as string });
    seen[name] = [before, await status(link), await status(below)];
    wanted[name] = [403, 200, 200];
  }
  expect(seen).toEqual(wanted);
});
