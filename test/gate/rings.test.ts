// Several sites in one NGINX: a link of each opens its own site and no other, whatever its form.

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Hs256Key, KeyRing, SecureLinkKey } from '../../app/keys/ring.ts';
import { signLink } from '../../app/link/sign.ts';
import { freePort } from '../../app/process/ports.ts';
import type { Nginx } from '../harness/nginx.ts';
import { ask, etc, hello, inPath, inSeconds, startSite } from './site.ts';

const secret = (letter: string) => letter.repeat(32);
const own = (id: string): Hs256Key => ({
  kind: 'hs256',
  id,
  secret: secret(id.charAt(0)),
  since: '2026-11-21',
});
const older = (id: string, signatureArg: string, expiresArg: string): SecureLinkKey => ({
  kind: 'secure_link',
  id,
  expression: `$secure_link_expires$uri ${id}`,
  signatureArg,
  expiresArg,
  since: '2026-11-21',
});
const ringOf = (name: string, key: Hs256Key, ...others: SecureLinkKey[]): KeyRing => ({
  name,
  current: key,
  keys: [key, ...others],
});

const rings = [
  ringOf('', own('a1'), older('wp', 'md5', 'expires')),
  ringOf('site-a', own('b1'), older('shop', 'md5', 'expires'), older('shop-st', 'st', 'e')),
  // The longest, so that NGINX's table of them must hold it.
  ringOf('x'.repeat(16), own('c'.repeat(16)), older('cdn', 'st', 'until')),
];
const hosts = ['dl.example', 'a.example', 'b.example'];
/** A site whose ring the key file does not have. */
const lost = 'lost.example';

const places = `
  root www;
  include tallygate/service.conf;
  include tallygate/segments.conf;
  location ^~ /files/  { include tallygate/protect.conf; location /files/inner/ { } }
  location ^~ /native/ { include tallygate/protect-native.conf; }
  location ^~ /login/  { set $tallygate_mint_path /files/a.txt; include tallygate/mint.conf; }`;

let nginx: Nginx;
beforeAll(async () => {
  const port = await freePort();
  const server = (host: string, ring: string) =>
    `server { listen 127.0.0.1:${port}; server_name ${host}; ${ring && `set $tallygate_keys ${ring};`} ${places} }`;
  const started = await startSite({
    etc: etc(rings),
    files: Object.fromEntries(
      ['files/a.txt', 'files/inner/a.txt', 'native/a.txt'].map((name) => [name, hello]),
    ),
    http: [
      ...hosts.map((host, index) => server(host, rings[index]?.name ?? '')),
      server(lost, 'no-such'),
    ].join('\n'),
  });
  nginx = { ...started, port };
});
afterAll(() => nginx.stop());

const at = (host: string, target: string, headers: Record<string, string> = {}, method = 'GET') =>
  ask(nginx, target, { method, headers: { Host: host, ...headers } });

type Sent = { target: string; headers?: Record<string, string>; method?: string };
const linkOf = ({ current }: KeyRing, path = '/files/a.txt', token?: string) =>
  signLink(current, { path, expires: inSeconds(600), token }, '');
const olderLink = (id: string, path: string, signatureArg: string, expiresArg: string) => {
  const expires = inSeconds(600);
  const signature = createHash('md5').update(`${expires}${path} ${id}`).digest('base64url');
  return `${path}?${signatureArg}=${signature}&${expiresArg}=${expires}`;
};
const olderLinks = (ring: KeyRing, path: string) =>
  ring.keys.flatMap((key) =>
    key.kind === 'secure_link' ? [{ target: olderLink(key.id, path, key.signatureArg, key.expiresArg) }] : [],
  );

const forms: Record<string, (ring: KeyRing) => Sent[]> = {
  'in the query': (ring) => [{ target: linkOf(ring) }, { target: linkOf(ring, '/files/a.txt', 'tok') }],
  'by HEAD': (ring) => [{ target: linkOf(ring), method: 'HEAD' }],
  'with arguments of others': (ring) => [{ target: `${linkOf(ring)}&utm_source=mail` }],
  'in the path': (ring) => [{ target: inPath(linkOf(ring)) }],
  'in a cookie': (ring) => {
    const cookie = /^\/s\/(.+?)\/files\//.exec(inPath(linkOf(ring)))?.[1];
    return [{ target: '/files/a.txt', headers: { Cookie: `tallygate=${cookie}` } }];
  },
  'where the wall stands alone': (ring) => [{ target: linkOf(ring, '/files/inner/a.txt') }],
  'older, beside ours': (ring) => olderLinks(ring, '/files/a.txt'),
  'older, where the wall stands alone': (ring) => olderLinks(ring, '/files/inner/a.txt'),
  'older, by the gate without njs': (ring) => olderLinks(ring, '/native/a.txt'),
};

describe.each(Object.entries(forms))('a link %s', (_, sentBy) => {
  test.each(rings.map((ring, index) => [ring.name || 'the default ring', ring, hosts[index]] as const))(
    'of %s opens its own site alone',
    async (_name, ring, home) => {
      for (const { target, headers, method } of sentBy(ring)) {
        for (const host of [...hosts, lost]) {
          const { status, body } = await at(host, target, headers, method);
          if (host === home) expect({ host, status }).toEqual({ host, status: 200 });
          else {
            expect([401, 403], `${target} at ${host}`).toContain(status);
            expect(body).not.toBe(hello);
          }
        }
      }
    },
  );
});

test('NGINX signs with the current key of the site that is asked', async () => {
  for (const [index, host] of hosts.entries()) {
    const { status, headers } = await at(host, '/login/');
    expect(status).toBe(302);
    const { pathname, search, searchParams } = new URL(String(headers.location));
    expect(searchParams.get('k')).toBe(rings[index]?.current.id);
    for (const other of hosts)
      expect((await at(other, pathname + search)).status).toBe(other === host ? 200 : 403);
  }
  expect((await at(lost, '/login/')).status).toBe(500);
});

test('the record names the key, which says whose link it was', async () => {
  const before = (await nginx.records()).length;
  for (const [index, ring] of rings.entries()) {
    await at(hosts[index] as string, linkOf(ring));
    for (const { target } of olderLinks(ring, '/native/a.txt')) await at(hosts[index] as string, target);
  }
  const records = (await nginx.waitForRecords(before + 7)).slice(before);
  expect(records.map(({ key }) => key)).toEqual(['a1', 'wp', 'b1', 'shop', 'shop-st', 'c'.repeat(16), 'cdn']);
});

test('what a link says in k never reaches another ring', async () => {
  const spellings = ({ name, current: { id } }: KeyRing) => [
    ...(name === '' ? [] : [`${name}${id}`]),
    `${name}/${id}`,
    `/${id}`,
    `000${name}/${id}`,
    `/${name}/${id}`,
    `../${name}/${id}`,
    `${name}%2F${id}`,
    `${name}/${id}#`,
    `${name}\\${id}`,
    name,
    '',
  ];
  for (const ring of rings)
    for (const k of spellings(ring))
      for (const host of [...hosts, lost]) {
        const target = signLink(
          { ...ring.current, id: k },
          { path: '/files/a.txt', expires: inSeconds(60) },
          '',
        );
        for (const sent of [target, `${target}&x=1`, inPath(target)])
          expect([403, 404], `${sent} at ${host}`).toContain((await at(host, sent)).status);
        expect((await at(host, `${target}&tallygate_keys=${ring.name}`)).status).toBe(403);
      }
});

test('the MD5 of nothing opens no site as an older link of another ring', async () => {
  const ends = inSeconds(60);
  const arguments_ = ['md5', 'st'].flatMap((s) => ['expires', 'e', 'until'].map((e) => [s, e]));
  for (const host of [...hosts, lost])
    for (const [s, e] of arguments_)
      for (const path of ['/files/a.txt', '/files/inner/a.txt', '/native/a.txt'])
        expect([401, 403]).toContain(
          (await at(host, `${path}?${s}=1B2M2Y8AsgTpgAmY7PhCfg&${e}=${ends}`)).status,
        );
});

test("a ring may be called like one of NGINX's own words", async () => {
  const port = await freePort();
  const names = ['default', 'volatile', 'include', 'hostnames', '-', '0'];
  const named = names.map((name, index) => ringOf(name, own('fghijk'.charAt(index))));
  const started = await startSite({
    etc: etc([...rings, ...named]),
    http: names
      .map(
        (name, index) =>
          `server { listen 127.0.0.1:${port}; server_name ${index}.example; set $tallygate_keys ${name}; ${places} }`,
      )
      .join('\n'),
  });
  for (const [index, ring] of named.entries())
    for (const other of names.keys()) {
      const headers = { Host: `${other}.example` };
      const { status } = await ask({ ...started, port }, linkOf(ring), { headers });
      expect(status).toBe(index === other ? 200 : 403);
    }
  await started.stop();
});
