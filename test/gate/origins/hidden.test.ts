// What an origin behind the gate gets to see: the request, and nothing of what opened the gate.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Nginx } from '../../harness/nginx.ts';
import { get } from '../raw.ts';
import { oneRecord } from '../record/recorded.ts';
import { ask, inPath, legacyLink, link, startSite } from '../site.ts';
import { exchange } from './exchange.ts';
import { bucket, type Origin, type Seen, startOrigin } from './origin.ts';

const body = Buffer.from('from the origin\n');

let nginx: Nginx;
let origin: Origin;
beforeAll(async () => {
  const object = { body, etag: '"v1"' };
  origin = await startOrigin(bucket({ '/plain/f.bin': object, '/b/f.bin': object, '/b/a b+ü.bin': object }));
  const at = (prefix: string, ...lines: string[]) => `location ^~ ${prefix} { ${lines.join(' ')} }`;
  const gate = 'include tallygate/protect.conf;';
  const hide = 'include tallygate/origin.conf;';
  const toBucket = `proxy_pass ${origin.url}/b/;`;
  nginx = await startSite({
    http: `upstream kept { server 127.0.0.1:${origin.port}; keepalive 2; }`,
    server: `
      include tallygate/segments.conf;
      ${at('/plain/', gate, hide, `proxy_pass ${origin.url};`)}
      ${at('/uri/', gate, hide, toBucket)}
      ${at('/kept/', gate, hide, 'proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://kept/b/;')}
      ${at('/named/', gate, hide, `set $bucket 127.0.0.1:${origin.port}; rewrite ^/named/(.*)$ /b/$1 break; proxy_pass http://$bucket;`)}
      ${at('/moved/', gate, hide, `rewrite ^/moved/(.*)$ /b/$1 break; proxy_pass ${origin.url};`)}
      ${at('/early/', `rewrite ^/early/(.*)$ /b/$1 break;`, gate, hide, `proxy_pass ${origin.url};`)}
      ${at('/broken/', 'break;', gate, hide, toBucket)}
      ${at('/tree/', gate, hide, `location ~ \\.bin$ { rewrite ^/tree/(.*)$ /b/$1 break; proxy_pass ${origin.url}; }`)}
      ${at('/twice/', gate, hide, `location ~ \\.bin$ { ${gate} rewrite ^/twice/(.*)$ /b/$1 break; proxy_pass ${origin.url}; }`)}
      ${at('/deep/', gate, hide, `location ^~ /deep/er/ { ${toBucket} }`)}
      ${at('/fall/', gate, 'try_files $uri @far;')}
      location @far { include tallygate/record.conf; ${hide} rewrite ^/fall/(.*)$ /b/$1 break; proxy_pass ${origin.url}; }
      ${at('/strict/', 'include tallygate/protect-strict.conf;', hide, toBucket)}
      ${at('/older/', 'include tallygate/protect-native.conf;', hide, toBucket)}
      ${at('/oldest/', hide, `location ^~ /oldest/in/ { include tallygate/protect-native.conf; ${toBucket} }`)}`,
  });
});
afterAll(async () => {
  await nginx.stop();
  await origin.stop();
});

const token = 'TOKEN-of-link';
/** All but what NGINX says on its own. */
const ordinary = ['host', 'connection', 'user-agent', 'accept', 'accept-encoding', 'range', 'if-range'];

/** What the origin saw of the one request that reached it. */
async function seenOf(target: string, headers: Record<string, string> = {}): Promise<Seen> {
  const before = origin.seen.length;
  const [answer] = await oneRecord(nginx, () => ask(nginx, target, { headers }));
  expect(answer).toMatchObject({ status: 200, body: body.toString() });
  expect(origin.seen).toHaveLength(before + 1);
  return origin.seen[before] as Seen;
}

const folder = (path: string) => link(path, { token, prefix: 1 });
const cookieOf = (target: string) => `tallygate=${inPath(target).split('/').slice(2, 6).join('/')}`;
/** What the gate takes an address for: where it has been rewritten already, what it was rewritten to. */
const signedPath = (path: string) => path.replace(/^\/(early|tree)\//, '/b/');
/** A link for the address as the gate sees it, at the address as the client writes it. */
const to = (path: string) =>
  link(signedPath(path), { token, filename: 'x.bin' }).replace(signedPath(path), path);

const places = [
  '/plain/',
  '/uri/',
  '/kept/',
  '/named/',
  '/moved/',
  '/early/',
  '/broken/',
  '/tree/',
  '/twice/',
  '/deep/er/',
  '/fall/',
];

describe.each(places)('%s', (place) => {
  const path = `${place}f.bin`;
  const expected = place === '/plain/' ? '/plain/f.bin' : '/b/f.bin';
  const referrer = { Referer: `https://dl.example.org${to(path)}`, Authorization: 'Basic b2ZmOm9mZg==' };

  test('a link in the query', async () => {
    const target = to(path);
    const seen = await seenOf(target, { ...referrer, Cookie: 'session=1; theme=dark' });
    expect(seen.url).toBe(expected);
    expect(seen.headers.cookie).toBe('session=1; theme=dark');
    const said = JSON.stringify(seen);
    for (const secret of new URLSearchParams(target.split('?')[1]).values()) {
      if (secret.length > 5) expect(said).not.toContain(secret);
    }
    expect(seen.names.map((name) => name.toLowerCase()).filter((name) => !ordinary.includes(name))).toEqual([
      'cookie',
    ]);
  });

  // A rewritten address has no link that fits it in its path.
  if (signedPath(place) === place)
    test('a link in the path', async () => {
      const target = inPath(link(path, { token }));
      const seen = await seenOf(target, referrer);
      expect(seen.url).toBe(expected);
      expect(seen.names.map((name) => name.toLowerCase()).filter((name) => !ordinary.includes(name))).toEqual(
        [],
      );
    });

  if (signedPath(place) === place)
    test('a link in the cookie, with others', async () => {
      const cookie = cookieOf(folder(path));
      for (const [sent, passed] of [
        [cookie, undefined],
        [`a=1; ${cookie}; b=2`, 'a=1; b=2'],
        [`${cookie};a=1`, 'a=1'],
        [
          `a=tallygate=x; ${cookie}; tallygate=gone/1/a1/-; Tallygate=other; tallygates=1`,
          'a=tallygate=x; tallygates=1',
        ],
      ] as const) {
        const seen = await seenOf(path, { ...referrer, Cookie: sent });
        expect(seen.url).toBe(expected);
        expect(seen.headers.cookie).toBe(passed);
        expect(JSON.stringify(seen)).not.toContain(token);
      }
    });

  test("a site's older link", async () => {
    const older = legacyLink(signedPath(path)).replace(signedPath(path), path);
    expect((await seenOf(`${older}&more=1`, referrer)).url).toBe(expected);
  });

  test('whatever else stands in the query is not passed on, either', async () => {
    expect((await seenOf(`${to(path)}&width=100`)).url).toBe(expected);
  });
});

test('with the service asked, and without njs', async () => {
  // No token, so the service has nothing to say.
  expect((await seenOf(link('/strict/f.bin'))).url).toBe('/b/f.bin');
  for (const path of ['/older/f.bin', '/oldest/in/f.bin'])
    expect(await seenOf(legacyLink(path), { Cookie: 'tallygate=a/1/b/c; x=1' })).toMatchObject({
      url: '/b/f.bin',
      headers: { cookie: 'x=1' },
    });
});

test('a name that must be encoded reaches the origin encoded', async () => {
  for (const place of ['/uri/', '/moved/', '/twice/', '/deep/er/'])
    expect((await seenOf(link(`${place}a b+ü.bin`))).url).toBe('/b/a%20b+%C3%BC.bin');
});

test('the bytes of other cookies are passed on as they are', async () => {
  // One character for each byte: UTF-8, Latin-1, and what is neither.
  for (const value of ['gr\xc3\xb6\xc3\x9fe', 'gr\xf6\xdfe', '\xff\x80', '"q"', 'a%20b', 'x'.repeat(3000)]) {
    const before = origin.seen.length;
    const cookie = `a=${value}; ${cookieOf(folder('/uri/f.bin'))}; b="${value}"`;
    await exchange(nginx.port, get('/uri/f.bin', [`Cookie: ${cookie}`]));
    expect(origin.seen[before]?.headers.cookie).toBe(`a=${value}; b="${value}"`);
  }
});

test('several Cookie headers are one', async () => {
  const before = origin.seen.length;
  await exchange(
    nginx.port,
    get('/uri/f.bin', ['Cookie: a=1', `Cookie: ${cookieOf(folder('/uri/f.bin'))}`, 'Cookie: b=2']),
  );
  expect(origin.seen[before]?.headers.cookie).toBe('a=1; b=2');
});

test('what a client asks of the file is passed on', async () => {
  const before = origin.seen.length;
  const headers = { Range: 'bytes=5-7', 'If-Range': '"v1"', 'Accept-Encoding': 'gzip, br' };
  const [answer, record] = await oneRecord(nginx, () => ask(nginx, link('/uri/f.bin'), { headers }));
  expect(answer).toMatchObject({ status: 206, body: 'the' });
  expect(record).toMatchObject({ status: 206, from: 5, sent: 3, size: body.length, etag: '"v1"' });
  expect(origin.seen[before]?.headers).toMatchObject({ range: 'bytes=5-7', 'if-range': '"v1"' });
  // But not that it takes it compressed: that would be another file, and of no known length.
  expect(origin.seen[before]?.headers['accept-encoding']).toBeUndefined();
});
