// Folder links: one link for a playlist and everything its relative addresses lead to, as players ask for it.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LinkFields, signLink } from '../../app/link/sign.ts';
import type { Nginx } from '../harness/nginx.ts';
import { ask, inPath, inSeconds, key, link, startSite } from './site.ts';

const master =
  '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n720p/index.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=2\n1080p/index.m3u8\n';
const media =
  '#EXTM3U\n#EXT-X-MAP:URI="../init.mp4"\n#EXTINF:4,\nseg 1.ts\n#EXTINF:4,\nsub/seg2.ts\n#EXT-X-ENDLIST\n';

let nginx: Nginx;
beforeAll(async () => {
  nginx = await startSite({
    files: {
      'hls/course/master.m3u8': master,
      'hls/course/720p/index.m3u8': media,
      'hls/course/1080p/index.m3u8': media,
      'hls/course/init.mp4': 'init',
      'hls/course/720p/seg 1.ts': 'one',
      'hls/course/720p/sub/seg2.ts': 'two',
      'hls/course/1080p/seg 1.ts': 'ONE',
      'hls/course/1080p/sub/seg2.ts': 'TWO',
      'hls/other/a.ts': 'other',
      'hls/course.txt': 'beside',
    },
    server: 'location /hls/ { include tallygate/protect.conf; } include tallygate/segments.conf;',
  });
});
afterAll(() => nginx.stop());

const folder = (fields: Partial<LinkFields> = {}) =>
  link('/hls/course/master.m3u8', { prefix: 2, token: 'tok', ...fields });

/** Everything a player asks for from `start` on: it reads playlists, resolves addresses, keeps cookies. */
async function play(start: string, keepCookies: boolean): Promise<Record<string, number>> {
  const seen: Record<string, number> = {};
  let cookie: string | undefined;
  const queue = [new URL(start, nginx.url)];
  for (let url = queue.shift(); url; url = queue.shift()) {
    const name = decodeURIComponent(url.pathname).replace(/^.*\/hls\//, '/hls/');
    if (name in seen) continue;
    const answer = await ask(nginx, url.pathname + url.search, { headers: cookie ? { Cookie: cookie } : {} });
    seen[name] = answer.status;
    const set = answer.headers['set-cookie']?.[0];
    if (keepCookies && set && url.pathname.startsWith(/Path=([^;]+)/.exec(set)?.[1] ?? '?'))
      cookie = set.split(';')[0];
    if (!name.endsWith('.m3u8') || answer.status !== 200) continue;
    for (const line of answer.body.split('\n')) {
      const address = /URI="([^"]+)"/.exec(line)?.[1] ?? (line.startsWith('#') ? '' : line);
      if (address) queue.push(new URL(address, url));
    }
  }
  return seen;
}

const everything = {
  '/hls/course/master.m3u8': 200,
  '/hls/course/720p/index.m3u8': 200,
  '/hls/course/1080p/index.m3u8': 200,
  '/hls/course/init.mp4': 200,
  '/hls/course/720p/seg 1.ts': 200,
  '/hls/course/720p/sub/seg2.ts': 200,
  '/hls/course/1080p/seg 1.ts': 200,
  '/hls/course/1080p/sub/seg2.ts': 200,
};

test('in the query: a cookie opens the rest, and every record names the token', async () => {
  const before = (await nginx.records()).length;
  expect(await play(folder(), true)).toEqual(everything);
  const records = (await nginx.waitForRecords(before + 8)).slice(before);
  expect(new Set(records.map(({ token, key: id }) => `${token} ${id}`))).toEqual(new Set(['tok a1']));
  expect(new Set(records.map(({ visitor }) => visitor)).size).toBe(1);
});

test('in the query, to a player that keeps no cookies: the rest is closed', async () => {
  const seen = await play(folder(), false);
  expect(seen['/hls/course/master.m3u8']).toBe(200);
  expect(seen['/hls/course/720p/index.m3u8']).toBe(403);
});

test('in the path: relative addresses keep it', async () => {
  const before = (await nginx.records()).length;
  const seen = await play(inPath(folder({ finishBy: inSeconds(9000) })), false);
  expect(seen).toEqual(everything);
  const records = (await nginx.waitForRecords(before + 8)).slice(before);
  expect(records.map(({ path }) => path)).toContain('/hls/course/720p/sub/seg2.ts');
  expect(JSON.stringify(records)).not.toContain('/s/');
});

test('the cookie says for how long and for what it is', async () => {
  const set = (await ask(nginx, folder())).headers['set-cookie']?.[0];
  expect(set).toMatch(
    /^tallygate=[\w-]{22}\/\d+\.p2\/a1\/tok; Path=\/hls\/course\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/,
  );
  expect((await ask(nginx, link('/hls/course/master.m3u8'))).headers['set-cookie']).toBeUndefined();
  expect((await ask(nginx, folder({ expires: inSeconds(-5) }))).headers['set-cookie']).toBeUndefined();
});

describe('what a folder link does not open', () => {
  const cookieOf = (target: string) => ({
    Cookie: `tallygate=${inPath(target).split('/').slice(2, 6).join('/')}`,
  });
  const withCookie = async (path: string, target: string) =>
    (await ask(nginx, path, { headers: cookieOf(target) })).status;

  test('beside it, above it, elsewhere', async () => {
    expect(await withCookie('/hls/course/init.mp4', folder())).toBe(200);
    for (const path of ['/hls/other/a.ts', '/hls/course.txt', '/hls/', '/hls/course', '/files/a.txt'])
      expect(await withCookie(path, folder())).toBe(403);
    expect(await withCookie('/hls/course/../other/a.ts', folder())).toBe(403);
    expect(await withCookie('/hls/course/%2e%2e/other/a.ts', folder())).toBe(403);
  });
  test('with another p', async () => {
    for (const p of ['1', '3', '02', '0', '17', '2.p2', ''])
      expect(await withCookie('/hls/other/a.ts', folder().replace('p=2', `p=${p}`))).toBe(403);
  });
  test('when it is late', async () => {
    expect(await withCookie('/hls/course/init.mp4', folder({ expires: inSeconds(-5) }))).toBe(410);
  });
  test.each(['', '/', '////', 'x', 'a/b/c/d', `${'A'.repeat(22)}/1795300000.p2/a1/-`, '%0a', 'a/b/c/d/e'])(
    'with the cookie %j',
    async (value) => {
      const answer = await ask(nginx, '/hls/course/init.mp4', { headers: { Cookie: `tallygate=${value}` } });
      expect(answer.status).toBe(403);
    },
  );
  test('in the path, with a line end to break out of its place', async () => {
    const secret = 'A'.repeat(40);
    const forged = signLink({ ...key, secret }, { path: '/files/a.txt', expires: inSeconds(60) }, '').split(
      '?',
    )[1];
    for (const place of [`${forged}%0a${secret}%0a`, `x%0a${secret}`, `${'A'.repeat(22)}/1/a1/-%0a${secret}`])
      expect((await ask(nginx, `/s/${place}/b/c/d/files/a.txt?${forged}`)).status).not.toBe(200);
  });
  test('a link in the path does not lend its signature to a query, nor the other way', async () => {
    const whole = inPath(link('/hls/course/init.mp4'));
    expect((await ask(nginx, whole)).status).toBe(200);
    expect(
      (await ask(nginx, `${whole.replace('init', 'master')}?${link('/hls/course/init.mp4').split('?')[1]}`))
        .status,
    ).toBe(403);
    expect((await ask(nginx, `${whole.replace(/\/s\/./, '/s/!')}`)).status).not.toBe(200);
  });
});
