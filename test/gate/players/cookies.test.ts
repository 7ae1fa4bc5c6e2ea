// Which of several links in one request decides: cookies of folders within folders, a query beside them, a path.

import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LinkFields } from '../../../app/link/sign.ts';
import type { Nginx } from '../../harness/nginx.ts';
import { get, sendRaw } from '../raw.ts';
import { ask, inPath, inSeconds, legacyLink, link, startSite } from '../site.ts';

let nginx: Nginx;
beforeAll(async () => {
  nginx = await startSite({
    http: 'map "" $tallygate_log_refused { default 1; }',
    files: { 'hls/course/index.m3u8': '#EXTM3U\n', 'hls/course/720p/seg.ts': 'one' },
    server: 'location /hls/ { include tallygate/protect.conf; } include tallygate/segments.conf;',
  });
});
afterAll(() => nginx.stop());

const segment = '/hls/course/720p/seg.ts';
const outer = (fields: Partial<LinkFields> = {}) =>
  link('/hls/course/index.m3u8', { prefix: 2, token: 'outer', ...fields });
const inner = (fields: Partial<LinkFields> = {}) => link(segment, { prefix: 3, token: 'inner', ...fields });
const late = { expires: inSeconds(-5) };
const cookie = (target: string) => `tallygate=${inPath(target).split('/').slice(2, 6).join('/')}`;
const forged = (cookieOrLink: string) =>
  cookieOrLink.replace(
    /(=|&s=)([\w-])(?=[\w-]{21}(?:\/|$))/,
    (_, before, first) => before + (first === 'A' ? 'B' : 'A'),
  );

/** The status for the segment, and the token that its record names. */
async function play(cookies: string, query = '', method = 'GET'): Promise<string> {
  const before = (await nginx.records()).length;
  const { status } = await ask(nginx, segment + query, { method, headers: { Cookie: cookies } });
  const records = (await nginx.records()).slice(before);
  return [status, ...records.map(({ token }) => token)].join(' ');
}

describe('cookies of folders within folders, as browsers send them: the innermost first', () => {
  test.each([
    ['two good ones: the inner', [inner(), outer()], '200 inner'],
    ['the inner late: the outer', [inner(late), outer()], '200 outer'],
    ['the outer late', [inner(), outer(late)], '200 inner'],
    ['the inner not yet', [inner({ notBefore: inSeconds(600) }), outer()], '200 outer'],
    ['the inner of another folder', [link('/hls/other/a.ts', { prefix: 2 }), outer()], '200 outer'],
    ['both late', [inner(late), outer(late)], '410'],
    ['one late', [outer(late)], '410'],
    ['late, but to be finished', [outer({ ...late, finishBy: inSeconds(600) })], '410'],
  ])('%s', async (_, links, expected) => {
    expect(await play(links.map(cookie).join('; '))).toBe(expected);
  });
  test('the inner forged: the outer; all forged: 403; forged beside late: 410', async () => {
    expect(forged(cookie(inner()))).not.toBe(cookie(inner()));
    expect(await play(`${forged(cookie(inner()))}; ${cookie(outer())}`)).toBe('200 outer');
    expect(await play(`${forged(cookie(inner()))}; ${forged(cookie(outer()))}`)).toBe('403');
    expect(await play(`${forged(cookie(inner()))}; ${cookie(outer(late))}`)).toBe('410');
  });
  test('the inner spent or revoked: the outer; with no other 410', async () => {
    const denied = path.join(nginx.places.state, 'deny/t/inner');
    await writeFile(denied, '');
    expect(await play(`${cookie(inner())}; ${cookie(outer())}`)).toBe('200 outer');
    expect(await play(`${cookie(outer())}; ${cookie(inner())}`)).toBe('200 outer');
    expect(await play(cookie(inner()))).toBe('410');
    expect(await play(`${cookie(inner())}; ${cookie(outer(late))}`)).toBe('410');
    // In the query, too.
    expect(await play(cookie(outer()), `?${inner().split('?')[1]}`)).toBe('200 outer');
    await rm(denied);
    expect(await play(`${cookie(inner())}; ${cookie(outer())}`)).toBe('200 inner');
  });
  test('eight are looked at, however many are sent', async () => {
    const bad = (count: number) => Array.from({ length: count }, () => forged(cookie(inner())));
    expect(await play([...bad(7), cookie(outer())].join('; '))).toBe('200 outer');
    expect(await play([...bad(8), cookie(outer())].join('; '))).toBe('403');
  });
});

describe('a query beside a good cookie', () => {
  const good = cookie(outer());
  test.each([
    '?s=1',
    '?s=',
    '?e=1',
    '?k=a1',
    '?k=',
    '?p=2',
    '?E=1&s=2',
    '?n=%00',
    '?',
    '?&&',
    '?CMCD=br%3D900',
    '?_HLS_msn=4&_HLS_part=0',
    '?v=3',
    '?e=1&k=a1',
    '?s=1&s=2',
    '?e=1&e=2',
    '?k=nobody&e=1&s=1',
    '?md5=1',
    '?md5=&expires=9',
    '?md5=x&expires=1',
  ])('%s does not disable it', async (query) => {
    expect(await play(good, query)).toBe('200 outer');
    expect(await play(cookie(outer(late)), query)).toMatch(/^4(03|10)$/);
  });
  test('a link that is late or forged, of the longer forms', async () => {
    expect(await play(good, `?${inner(late).split('?')[1]}`)).toBe('200 outer');
    expect(await play(good, `?${forged(inner()).split('?')[1]}`)).toBe('200 outer');
    expect(await play(good, `?${link(segment, { ...late, filename: 'a.ts' }).split('?')[1]}`)).toBe(
      '200 outer',
    );
    expect(await play(good, `?${link(segment, { ...late, token: 'x' }).split('?')[1]}&v=1`)).toBe(
      '200 outer',
    );
  });
  test('a link of the plain form that is late or forged', async () => {
    const plain = `?${link(segment, late).split('?')[1]}`;
    expect(await play(good, plain)).toBe('200 outer');
    expect(await play(good, forged(plain))).toBe('200 outer');
  });
  test('a good link goes before it', async () => {
    expect(await play(good, `?${inner().split('?')[1]}`)).toBe('200 inner');
    expect(await play(good, `?${link(segment, { token: 'one' }).split('?')[1]}`)).toBe('200 one');
  });
  test("one of the site's older links, late or forged, does not disable it; a good one opens beside a late cookie", async () => {
    const older = (expires?: number) => `?${legacyLink(segment, expires).split('?')[1]}`;
    expect(await play(good, older(inSeconds(-5)))).toBe('200 outer');
    expect(await play(good, older().replace('md5=', 'md5=x'))).toBe('200 outer');
    expect(await play(cookie(outer(late)), older())).toBe('200 ');
    expect(await play(forged(good), older())).toBe('200 ');
    expect(await play(forged(good), older(inSeconds(-5)))).toBe('410');
    expect(await play(forged(good), `${older()}x`)).toBe('403');
  });
  test('a cut film is for no link', async () => {
    expect(await play(good, '?start=3')).toBe('403');
    expect(await play(good, '?md5=1&end=3')).toBe('403');
  });
});

describe('how a cookie is written', () => {
  const good = cookie(outer());
  test.each([
    ['alone', good],
    ['among others', `a=b; tallygate_x=1; xtallygate=2; ${good}; session=abc`],
    ['without a space', `a=b;${good};c=d`],
    ['with more space', `  a=b;   ${good}  `],
    ['behind one without a name or value', `; ;=;a; ${good}`],
    ['quoted', good.replace(/=(.*)/, '="$1"')],
    ['behind one of ours that is damaged', `tallygate=; tallygate="; tallygate=%7B; ${good}`],
  ])('%s', async (_, cookies) => {
    expect(await play(cookies)).toBe('200 outer');
  });
  test.each([
    ['in capitals', good.replace('tallygate', 'Tallygate')],
    ['of another name', `x${good}`],
    ['half quoted', good.replace('=', '="')],
    ['percent-encoded', good.replaceAll('/', '%2F')],
    ['with more behind', `${good}/x`],
  ])('%s: 403', async (_, cookies) => {
    expect(await play(cookies)).toBe('403');
  });
  test('in two header lines', async () => {
    const answer = await sendRaw(
      nginx,
      get(segment, ['Cookie: a=b', `Cookie: ${cookie(inner(late))}`, `Cookie: ${good}`]),
    );
    expect(answer.status).toBe(200);
  });
});

test('HEAD: as GET, and no record', async () => {
  expect(await play(cookie(outer()), '', 'HEAD')).toBe('200');
  expect(await play(cookie(outer(late)), '', 'HEAD')).toBe('410');
  expect(await play(forged(cookie(outer())), '', 'HEAD')).toBe('403');
});

test('a link in the path decides alone, whatever cookies come along', async () => {
  const ask2 = async (target: string, cookies: string) => {
    const answer = await ask(nginx, target, { headers: { Cookie: cookies } });
    // And it gives no cookie away.
    expect(answer.headers['set-cookie']).toBeUndefined();
    return answer.status;
  };
  const good = cookie(outer());
  expect(await ask2(inPath(outer()), cookie(inner(late)))).toBe(200);
  expect(await ask2(inPath(outer()), forged(good))).toBe(200);
  expect(await ask2(inPath(outer(late)), good)).toBe(410);
  expect(await ask2(`${inPath(outer())}?s=1`, '')).toBe(200);
  expect(
    await ask2(
      inPath(link('/hls/other/a.ts', { prefix: 2 })).replace('other/a.ts', 'course/index.m3u8'),
      good,
    ),
  ).toBe(403);
});
