// What cors.conf adds to an answer, to whom, and that it stands there once.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testNginx } from '../../../app/nginx/start.ts';
import { freePort } from '../../../app/process/ports.ts';
import { projectRoot } from '../../harness/folders.ts';
import type { Nginx } from '../../harness/nginx.ts';
import { type Answer, ask, inPath, inSeconds, link, startSite } from '../site.ts';

const allowed = 'https://player.example.org';

let nginx: Nginx;
/** The same files in a server without pages.conf: NGINX's own answers. */
let bare: Nginx;
beforeAll(async () => {
  const origin = await freePort();
  const port = await freePort();
  nginx = await startSite({
    http: `
      map $http_origin $tallygate_cors { default ""; "${allowed}" $http_origin; "https://any.example" "*"; }
      # An origin that answers other origins itself, as object stores do.
      server {
          listen 127.0.0.1:${origin};
          location / {
              add_header Access-Control-Allow-Origin * always;
              add_header Access-Control-Allow-Credentials false always;
              add_header Access-Control-Allow-Methods PUT always;
              add_header Access-Control-Allow-Headers X-Other always;
              add_header Access-Control-Expose-Headers X-Other always;
              add_header Access-Control-Max-Age 1 always;
              add_header Vary Accept-Encoding always;
              return 200 "from the origin";
          }
      }
      server {
          listen 127.0.0.1:${port};
          root www;
          include tallygate/segments.conf;
          location ^~ /hls/ { include tallygate/protect.conf; include tallygate/cors.conf; }
      }`,
    files: { 'hls/course/index.m3u8': '#EXTM3U\n', 'hls/course/720p/seg.ts': 'segment', 'strict/a.txt': 'a' },
    server: `
      # The site's own, for all that has nothing nearer.
      add_header Access-Control-Allow-Origin https://site.example always;
      include tallygate/segments.conf;
      location ^~ /hls/     { include tallygate/protect.conf; include tallygate/cors.conf; include tallygate/missing.conf; }
      location ^~ /counted/ { include tallygate/count.conf; include tallygate/cors.conf; alias www/hls/; }
      location ^~ /strict/  { include tallygate/protect-strict.conf; include tallygate/cors.conf; }
      location ^~ /origin/  {
          include tallygate/protect.conf;
          include tallygate/origin.conf;
          include tallygate/cors.conf;
          proxy_pass http://127.0.0.1:${origin};
      }
      location ~ ^/members/(?<wanted>.+)$ {
          set $tallygate_mint_path /hls/$wanted;
          set $tallygate_mint_more p=2;
          include tallygate/mint.conf;
          include tallygate/cors.conf;
      }`,
  });
  bare = { ...nginx, port };
});
afterAll(() => nginx.stop());

const folder = link('/hls/course/index.m3u8', { prefix: 2 });
const late = link('/hls/course/index.m3u8', { prefix: 2, expires: inSeconds(-5) });
const forged = (target: string) => target.replace(/a1/, 'a2');
const strict = link('/strict/a.txt', { token: 'tok' });

/** The headers of an answer that are about other origins. */
function cors({ status, headers }: Answer): Record<string, unknown> {
  const about = Object.entries(headers).filter(([name]) => name.startsWith('access-control-'));
  const vary = String(headers.vary ?? '').split(', ');
  return {
    status,
    variesByOrigin: vary.filter((one) => one === 'Origin').length,
    ...Object.fromEntries(about.map(([name, value]) => [name.slice('access-control-'.length), value])),
  };
}

const granted = {
  variesByOrigin: 1,
  'allow-origin': allowed,
  'allow-credentials': 'true',
  'expose-headers': 'Accept-Ranges, Content-Length, Content-Range, Content-Disposition, ETag',
};

type Case = [name: string, status: number, target: string, method?: string, headers?: Record<string, string>];
const cases: Case[] = [
  ['a file', 200, folder],
  ['a file, HEAD', 200, folder, 'HEAD'],
  ['a part of it', 206, folder, 'GET', { Range: 'bytes=0-3' }],
  ['a file by a path', 200, inPath(folder)],
  ['a file that is known', 304, folder, 'GET', { 'If-None-Match': '*' }],
  ['no link', 403, '/hls/course/720p/seg.ts'],
  ['forged', 403, forged(folder)],
  ['forged, by a path', 403, forged(inPath(folder))],
  ['late', 410, late],
  ['late, by a path', 410, inPath(late)],
  ['not there', 404, inPath(folder).replace('index', 'none')],
  ['a list of a folder', 403, inPath(folder).replace('index.m3u8', '')],
  ['another method', 405, folder, 'POST'],
  ['counted', 200, '/counted/course/index.m3u8'],
  ['counted, not there', 404, '/counted/none'],
  ['the service cannot be asked', 503, strict],
  ['from an origin of our own', 200, link('/origin/a.txt')],
  ['from an origin of our own, forged', 403, forged(link('/origin/a.txt'))],
  ['a redirect to a link', 302, '/members/course/index.m3u8'],
];

describe.each(cases)('%s: %i', (_, status, target, method = 'GET', headers = {}) => {
  const from = async (server: Nginx, origin: Record<string, string>) =>
    cors(await ask(server, target, { method, headers: { ...headers, ...origin } }));

  test('for an origin that is let in, each header once', async () => {
    expect(await from(nginx, { Origin: allowed })).toEqual({ status, ...granted });
  });
  test('for no other, and caches know', async () => {
    for (const origin of ['https://player.example.org.evil.example', 'http://player.example.org', 'null', ''])
      expect(await from(nginx, { Origin: origin })).toEqual({ status, variesByOrigin: 1 });
    expect(await from(nginx, {})).toEqual({ status, variesByOrigin: 1 });
  });
  test('for all, where the site says so: without credentials', async () => {
    const { 'allow-origin': to, 'allow-credentials': credentials } = await from(nginx, {
      Origin: 'https://any.example',
    });
    expect([to, credentials]).toEqual(['*', undefined]);
  });
  if (target.startsWith('/hls/'))
    test("with NGINX's own pages", async () => {
      expect(await from(bare, { Origin: allowed })).toEqual({ status, ...granted });
      expect(await from(bare, { Origin: 'https://x.example' })).toEqual({ status, variesByOrigin: 1 });
    });
});

describe('preflight', () => {
  const question = { 'Access-Control-Request-Method': 'GET', 'Access-Control-Request-Headers': 'range' };
  const preflight = async (server: Nginx, target: string, origin: string) =>
    cors(await ask(server, target, { method: 'OPTIONS', headers: { Origin: origin, ...question } }));
  const answer = {
    status: 204,
    ...granted,
    'allow-methods': 'GET, HEAD',
    'allow-headers': 'Range, If-Range, If-None-Match, If-Modified-Since',
    'max-age': '86400',
  };
  const targets = [
    folder,
    '/hls/course/720p/seg.ts',
    late,
    strict,
    '/counted/course/index.m3u8',
    '/origin/a.txt',
    '/members/x/y',
  ];

  test.each(targets)('%s: 204 for an origin that is let in', async (target) => {
    expect(await preflight(nginx, target, allowed)).toEqual(answer);
    if (target.startsWith('/hls/')) expect(await preflight(bare, target, allowed)).toEqual(answer);
  });
  test.each(targets)('%s: for no other', async (target) => {
    for (const origin of ['https://x.example', 'null']) {
      const { status, ...rest } = await preflight(nginx, target, origin);
      expect(rest).toEqual({ variesByOrigin: 1 });
      // What answers in the site's own location answers OPTIONS as the site has it.
      expect([200, 302, 405]).toContain(status);
    }
  });
  test('is no download', async () => {
    const before = (await nginx.records()).length;
    await preflight(nginx, folder, allowed);
    await preflight(nginx, '/counted/course/index.m3u8', allowed);
    expect(await nginx.records()).toHaveLength(before);
  });
});

describe('said once, wherever it is answered', () => {
  const once = async (
    server: Nginx,
    target: string,
    method = 'GET',
    headers: Record<string, string> = {},
  ) => {
    const answer = cors(await ask(server, target, { method, headers: { Origin: allowed, ...headers } }));
    return [answer.status, answer['allow-origin'], answer['allow-credentials']];
  };
  // segments.conf answers by itself.
  test.each([
    ['refused by a path, without pages.conf', 410, inPath(late), 'GET'],
    ['preflight of a path', 204, inPath(folder), 'OPTIONS'],
    ['another method on a path', 405, inPath(folder), 'POST'],
  ] as const)('%s: %i', async (_, status, target, method) => {
    expect(await once(bare, target, method)).toEqual([status, allowed, 'true']);
  });
  // NGINX adds headers to such an answer twice.
  test('a range that is not there: 416', async () => {
    expect(await once(nginx, folder, 'GET', { Range: 'bytes=99-' })).toEqual([416, allowed, 'true']);
  });
});

test('the four lines of nginx/README.md do what it says', async () => {
  const readme = await readFile(path.join(projectRoot, 'nginx/README.md'), 'utf8');
  const lines = (/## Players\n[\s\S]*?```nginx\n([\s\S]*?)```/.exec(readme)?.[1] ?? '').trimEnd().split('\n');
  expect(lines).toHaveLength(4);
  const of = (context: string) => lines.filter((line) => line.endsWith(`# ${context}`)).join('\n');
  const site = await startSite({
    http: of('http'),
    server: of('server').replace('/srv/', 'www/'),
    files: { 'hls/course/index.m3u8': '#EXTM3U\n' },
  });
  for (const target of [folder, inPath(folder)]) {
    const answer = await ask(site, target, { headers: { Origin: allowed } });
    expect(cors(answer)).toEqual({ status: 200, ...granted });
    const set = String(answer.headers['set-cookie'] ?? '');
    expect(set.includes('; SameSite=None; Secure; Partitioned')).toBe(target === folder);
  }
  expect(await testNginx(site.dir)).not.toMatch(/\[(warn|emerg|error)\]/);
  await site.stop();
});

test('NGINX has nothing to warn of', async () => {
  const printed = await testNginx(nginx.dir);
  expect(printed).toContain('test is successful');
  expect(printed).not.toMatch(/\[(warn|emerg|error)\]/);
});
