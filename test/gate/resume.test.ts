// Finish-by: after a link has stopped starting downloads, what goes on with one is let in until then, and nothing is ever
// answered from byte 0.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Nginx } from '../harness/nginx.ts';
import { ask, hello, inPath, inSeconds, link, startSite } from './site.ts';

let nginx: Nginx;
let etag: string;
let modified: string;
beforeAll(async () => {
  nginx = await startSite({
    server: `
      include tallygate/segments.conf;
      location ^~ /nested/ { include tallygate/protect.conf; location ~ \\.txt$ { alias www/files/a.txt; } }
      location ^~ /origin/ { include tallygate/protect.conf; proxy_pass http://127.0.0.1:9; }`,
  });
  const { headers } = await ask(nginx, link('/files/a.txt'));
  etag = String(headers.etag);
  modified = String(headers['last-modified']);
});
afterAll(() => nginx.stop());

const late = (target: string, until = 3600) =>
  link(target, { expires: inSeconds(-60), finishBy: inSeconds(until) });
const status = async (target: string, headers: Record<string, string>) =>
  (await ask(nginx, target, { headers })).status;

test.each<[string, () => Record<string, string>, number]>([
  ['goes on', () => ({ Range: 'bytes=5-' }), 206],
  ['goes on, to an end', () => ({ Range: 'bytes=5-7' }), 206],
  ['goes on with the same version', () => ({ Range: 'bytes=5-', 'If-Range': etag }), 206],
  ['goes on with what was modified then', () => ({ Range: 'bytes=5-', 'If-Range': modified }), 206],
  ['begins', () => ({}), 410],
  ['begins by Range', () => ({ Range: 'bytes=0-' }), 410],
  ['begins by Range, written otherwise', () => ({ Range: 'bytes=00-' }), 410],
  ['several ranges', () => ({ Range: 'bytes=5-6,0-4' }), 410],
  ['the end', () => ({ Range: 'bytes=-12' }), 410],
  ['another unit', () => ({ Range: 'lines=5-' }), 410],
  ['another version: all of it', () => ({ Range: 'bytes=5-', 'If-Range': '"67-400"' }), 410],
  ['a weak tag: all of it', () => ({ Range: 'bytes=5-', 'If-Range': `W/${etag}` }), 410],
  ['another time', () => ({ Range: 'bytes=5-', 'If-Range': 'Thu, 01 Jan 2026 00:00:00 GMT' }), 410],
])('after e: %s', async (_, headers, expected) => {
  expect(await status(late('/files/a.txt'), headers())).toBe(expected);
  // A link in the path is looked at before NGINX knows which file it leads to: with If-Range it goes on with nothing.
  const inItsPath = 'If-Range' in headers() ? 410 : expected;
  expect(await status(inPath(late('/files/a.txt')), headers())).toBe(inItsPath);
  expect(await status(late('/files/a.txt', -1), headers())).toBe(410);
  // Before e all of them are answered as NGINX answers them.
  const good = link('/files/a.txt', { finishBy: inSeconds(7200) });
  expect([200, 206]).toContain(await status(good, headers()));
});

test('what is answered from byte 0 after e is never the file', async () => {
  for (const tag of ['"x"', modified.replace(/\d\d:\d\d:\d\d/, '00:00:00'), etag.slice(1, -1)]) {
    const answer = await ask(nginx, late('/files/a.txt'), {
      headers: { Range: 'bytes=1-', 'If-Range': tag },
    });
    expect(answer.body).not.toContain(hello);
  }
});

test('of a file that is replaced meanwhile nothing goes on', async () => {
  const file = path.join(nginx.dir, 'www/files/new.iso');
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, 'the first version');
  const first = String((await ask(nginx, link('/files/new.iso'))).headers.etag);
  const headers = { Range: 'bytes=5-', 'If-Range': first };
  expect(await status(late('/files/new.iso'), headers)).toBe(206);
  await writeFile(file, 'a second, longer version');
  expect(await status(late('/files/new.iso'), headers)).toBe(410);
});

test('in an inner location', async () => {
  expect(await status(late('/nested/a.txt'), { Range: 'bytes=5-' })).toBe(206);
  expect(await status(late('/nested/a.txt'), {})).toBe(401);
});

test('of an origin nobody knows the version: with If-Range it is refused', async () => {
  expect(await status(late('/origin/a.txt'), { Range: 'bytes=5-', 'If-Range': etag })).toBe(410);
  expect(await status(late('/origin/a.txt'), { Range: 'bytes=5-' })).toBe(502);
});
