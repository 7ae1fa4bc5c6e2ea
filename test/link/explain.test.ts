// `tallygate link` and `tallygate explain`: what the second says of the first, and of every mistake people make, beside
// what NGINX answers to it.

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatKeyFile } from '../../app/keys/file.ts';
import type { KeyRing } from '../../app/keys/ring.ts';
import { explain } from '../../app/link/explain/explain.ts';
import { type MistakeName, mistakes } from '../../app/link/explain/mistakes.ts';
import { issueLink, signLink } from '../../app/link/sign.ts';
import { get, sendRaw } from '../gate/raw.ts';
import { etc, inPath, inSeconds, key, legacyKey, legacyLink, link, startSite } from '../gate/site.ts';
import { temporaryFolder } from '../harness/folders.ts';
import type { Nginx } from '../harness/nginx.ts';
import { tallygate } from '../harness/program.ts';
import { examples } from './examples/examples.ts';
import { type Example, files, otherKey } from './examples/links.ts';

const ring: KeyRing = { name: '', current: key, keys: [key, otherKey, legacyKey] };
const now = () => Math.floor(Date.now() / 1000);
const of = (address: string, { cookie, client }: { cookie?: string; client?: string } = {}) =>
  explain({ address, cookie }, { ring, now: now(), client });

let nginx: Nginx;
beforeAll(async () => {
  nginx = await startSite({
    etc: etc([ring]),
    files,
    server: 'location ^~ /x/ { include tallygate/protect.conf; } include tallygate/segments.conf;',
  });
});
afterAll(() => nginx.stop());

/** What NGINX answers to a browser that is given this address, and sends this cookie. */
async function answered(address: string, cookie?: string): Promise<number> {
  const target = address
    .replace(/^[a-z]+:\/\/[^/?]*/i, '')
    .replace(/#.*$/, '')
    .replace(/ |[^\0-\x7f]/gu, encodeURIComponent);
  const line = cookie?.replace(/^cookie: /i, '').replace(/; Path=.*/, '');
  return (await sendRaw(nginx, get(target, line === undefined ? [] : [`Cookie: ${line}`]))).status;
}
// A line end is not sent; what stands there instead is a matter of taste.
const isSendable = (address: string) => /^(?:https?:\/\/[^/]*)?\/[^\r\n]*$/.test(address);

const rows = Object.entries(examples).flatMap(([name, some]) =>
  [some as Example].flat().map((example): [string, string, Example] => [name, example.address, example]),
);

describe('the mistake is named, with its remedy', () => {
  test.each(rows)('%s: %s', async (name, address, { says, remedy, cookie, client, unasked }) => {
    const explained = of(address, { ...(cookie && { cookie }), ...(client && { client }) });
    expect(explained.verdict).toContain(says);
    expect(explained.remedy).toContain(remedy);
    expect(explained.mistakes).toEqual([name]);
    expect(explained.verdict).toMatch(/^The link is not as it must be: .*[^.]\.$/);
    // What it must be: so it is, and NGINX agrees.
    const told = Object.fromEntries(explained.facts);
    if (name in mistakes.carried || name in mistakes.cookies) {
      const mended = told['as it must be'] as string;
      expect(of(mended, { ...(told['its cookie'] && { cookie: told['its cookie'] }) }).status).toBe(200);
      expect(await answered(mended, told['its cookie'])).toBe(200);
    }
    const isUnsent = name.startsWith('cookieOf') || name.startsWith('cookieS');
    if (unasked === undefined && isSendable(address))
      expect(explained.status).toBe(await answered(address, isUnsent ? undefined : cookie));
  });

  test('by its own words, which no other has', () => {
    const sentences = Object.values(mistakes).flatMap((table) =>
      Object.values(table).map(({ says }) => `${says}`),
    );
    expect(new Set(sentences).size).toBe(sentences.length);
    for (const { remedy } of Object.values(mistakes).flatMap((table) => Object.values(table)))
      expect(remedy).toMatch(/^[A-Z].+/);
  });
});

test('several at once are all named', () => {
  const sent = `<${link('/x/a b.txt', { token: 'tok' }).replaceAll('&', '&amp;')}>.`;
  const { verdict, remedy, mistakes: found } = of(sent);
  expect([...found].sort()).toEqual<MistakeName[]>(['htmlEscaped', 'leading', 'trailing']);
  expect(verdict).toContain('; and ');
  expect(remedy).toContain('Take the link alone.');
});

test('a link that was changed on its way and is over, too', () => {
  const { status, verdict, remedy } = of(`${link('/x/a.txt', { expires: inSeconds(-9) })}.`);
  expect(status).toBe(403);
  expect(verdict).toContain('stands behind it');
  expect(remedy).toContain('Then: The signature is right, but the time is over. Issue a new link.');
});

test.each([
  ['whole', `https://dl.example.org${link('/x/a b.txt', { token: 'tok' })}`],
  ['a path alone', link('/x/a b.txt')],
  ['without its scheme', `dl.example.org${link('/x/a b.txt')}`],
  ['with a fragment', `${link('/x/a b.txt')}#t=30`],
  [
    'with arguments of mail and social media',
    `${link('/x/a b.txt', { token: 'tok' })}&utm_source=mail&fbclid=a.b`,
  ],
  ['in the path', inPath(link('/x/hls/course/seg 1.ts', { prefix: 3, token: 'tok' }))],
  ['in the path, with arguments', `${inPath(link('/x/a.txt', { token: 'tok' }))}?utm_source=mail`],
  ['in the path, of a file whose name ends so', inPath(link('/x/a.txt)'))],
  ['to be normalised', link('/x/a.txt').replace('/x/', '/x//y/../')],
  ["of the site's older form", legacyLink('/x/a.txt')],
  ['with > as HTML writes it behind it', `${link('/x/a.txt')}&gt;`],
  ['with a file name', link('/x/a.txt', { filename: 'ä "b", c&d=e.zip' })],
])('a good link, %s', async (_, address) => {
  expect(of(address)).toMatchObject({ status: 200, verdict: 'The link is good.', mistakes: [] });
  expect(of(address).remedy).toBeUndefined();
  expect(await answered(address.replace(/^dl\.example\.org/, ''))).toBe(200);
});

test('arguments of others are named, and are no mistake', () => {
  expect(of(`${link('/x/a.txt')}&utm_source=mail&fbclid=x`).facts).toContainEqual([
    'passed over',
    'utm_source, fbclid',
  ]);
});

describe('a cookie', () => {
  const fields = { path: '/x/hls/course/seg 1.ts', expires: inSeconds(600), prefix: 3, token: 'tok' };
  const issued = issueLink(key, fields, 'https://dl.example.org', 'cookie', now());
  const set = issued.cookie as string;
  const pair = set.split(';')[0] as string;

  test.each([set, `Set-Cookie: ${set}`, pair, `Cookie: a=b; ${pair}; c=d`, pair.slice('tallygate='.length)])(
    'as %s opens what lies below its folder',
    async (cookie) => {
      expect(of(issued.link, { cookie })).toMatchObject({ status: 200, mistakes: [] });
      expect(await answered(issued.link, pair)).toBe(200);
    },
  );
  test.each([
    [
      'https://dl.example.org/x/hls/other/seg.ts',
      'The signature does not fit: another key, a cookie of another folder',
    ],
    ['https://dl.example.org/x', 'The path does not lie below 3 segments'],
  ])('without its Path, on %s', async (address, verdict) => {
    const explained = of(address, { cookie: pair });
    expect(explained).toMatchObject({ status: 403, verdict: expect.stringContaining(verdict) });
    expect(explained.remedy).toBeDefined();
    if (address.includes('/x/')) expect(await answered(address, pair)).toBe(403);
  });
  test('is not looked at where the address says something', async () => {
    const address = link('/x/a.txt');
    const explained = of(address, { cookie: pair });
    expect(explained.status).toBe(200);
    expect(explained.facts).toContainEqual([
      'cookie',
      'not looked at yet: the address carries arguments of its own',
    ]);
    expect(await answered(address, pair)).toBe(200);
    expect(await answered(`${address}x`, pair)).toBe(403);
    expect(of(`${address}x`, { cookie: pair }).status).toBe(403);
  });
  test('opens where what the address says opens nothing', async () => {
    for (const more of ['?s=1', '?s=', `?${link('/x/a.txt').split('?')[1]}`]) {
      const address = `${issued.link}${more}`;
      expect(of(address, { cookie: set })).toMatchObject({ status: 200, mistakes: [] });
      expect(await answered(address, pair)).toBe(200);
    }
    expect(of(issued.link, { cookie: pair.replace(/=(.*)/, '="$1"') })).toMatchObject({ status: 200 });
    expect(await answered(issued.link, pair.replace(/=(.*)/, '="$1"'))).toBe(200);
  });
  test('that has ended', async () => {
    const over = issueLink(key, { ...fields, expires: inSeconds(-9) }, '', 'cookie', now());
    expect(of(over.link, { cookie: over.cookie as string })).toMatchObject({
      status: 410,
      remedy: 'Issue a new link.',
    });
    expect(await answered(over.link, over.cookie?.split(';')[0])).toBe(410);
  });
});

test.each([
  [
    link('/x/b.txt').replace('k=a1', 'k=zz').replace('/b', '/a'),
    403,
    'The key zz is not in the key file, which holds: a1, b2, old.',
  ],
  [link('/x/a.txt', { expires: inSeconds(-9) }), 410, 'The signature is right, but the time is over.'],
  [link('/x/a.txt', { expires: inSeconds(-9), finishBy: inSeconds(9999) }), 410, 'good only to resume'],
  [link('/x/a.txt', { notBefore: inSeconds(9999) }), 403, 'not valid before'],
  [
    link('/x/b.txt').replace('/b', '/a'),
    403,
    'The signature does not fit: another key, another path, or a field',
  ],
  [link('/x/a.txt', { prefix: 1 }).replace('/x/', '/'), 403, 'does not lie below 1 segments'],
  ['/x/a%zz', 400, 'two hexadecimal digits'],
  ['/x/a%00', 400, 'two hexadecimal digits'],
  ['/x/../../a', 400, 'climbs above /'],
  [link('/x/a.txt').replace('a.txt', '%ff.txt'), 403, 'The path is not UTF-8.'],
  [legacyLink('/x/a.txt', inSeconds(-9)), 410, 'the time is over'],
  [legacyLink('/x/a.txt').replace('/a', '/b'), 403, 'does not fit the hashed text'],
])('%s: %i', async (address, status, verdict) => {
  const explained = of(address);
  expect(explained).toMatchObject({ status, verdict: expect.stringContaining(verdict), mistakes: [] });
  expect(explained.remedy).toMatch(/^[A-Z].+/);
  if (!address.startsWith('/a')) expect(await answered(address)).toBe(status);
});

test("an older link is mended like ours, and the word that is its site's secret is not told", async () => {
  const address = `${legacyLink('/x/a.txt').replace('&', '&amp;')}`;
  const explained = of(address);
  expect(explained.mistakes).toEqual(['htmlEscaped']);
  expect(Object.fromEntries(explained.facts)['hashed text']).toMatch(/^\d{10}\/x\/a\.txt \*\*\*$/);
  expect(await answered(address)).toBe(explained.status);
});

test('a bound link is good for its client alone', () => {
  const bound = link('/x/a.txt', { address: '2001:db8::1' });
  expect(of(bound, { client: '2001:db8::ffff' }).status).toBe(200);
  expect(of(bound, { client: '2001:db9::1' })).toMatchObject({
    status: 403,
    verdict: expect.stringContaining('another address than it is bound to'),
  });
  const unknown = of(bound);
  expect(unknown).toMatchObject({ status: 403, verdict: 'The link is bound to an address.', mistakes: [] });
  expect(unknown.remedy).toContain('--client');
  // What can be read again is told, though nothing proves it yet.
  const escaped = of(bound.replaceAll('&', '&amp;'));
  expect(escaped.mistakes).toEqual(['htmlEscaped']);
  expect(escaped.remedy).toContain(
    'Then: The link is bound to an address. Say which one asks, with --client.',
  );
});

test('no secret is ever told', () => {
  for (const [, address, { cookie, client }] of rows) {
    const told = JSON.stringify(of(address, { ...(cookie && { cookie }), ...(client && { client }) }));
    for (const secret of [key.secret, otherKey.secret, 'seekrit']) expect(told).not.toContain(secret);
  }
});

describe('a link of another ring', () => {
  const elsewhere = { ...otherKey, id: 'b1' };
  const shop = { ...legacyKey, id: 'shop', signatureArg: 'st', expiresArg: 'until' };
  const siteA: KeyRing = { name: 'site-a', current: elsewhere, keys: [elsewhere, shop] };
  const sign = (signer = elsewhere) => signLink(signer, { path: '/x/a.txt', expires: inSeconds(60) }, '');
  const here = (address: string) => explain({ address }, { ring, others: [siteA], now: now() });
  const there = (address: string) => explain({ address }, { ring: siteA, others: [ring], now: now() });

  test('says whose it is, and opens there', () => {
    for (const address of [
      sign(),
      inPath(sign()),
      legacyLink('/x/a.txt').replace('md5=', 'st=').replace('expires=', 'until='),
    ]) {
      const id = address.includes('st=') ? 'shop' : 'b1';
      expect(here(address)).toMatchObject({
        status: 403,
        verdict: `The key ${id} is of the ring site-a, and this site accepts the default ring.`,
        remedy: expect.stringContaining('--ring site-a'),
        mistakes: [],
      });
      expect(there(address)).toMatchObject({ status: 200 });
    }
    expect(there(link('/x/a.txt'))).toMatchObject({
      status: 403,
      verdict: 'The key a1 is of the default ring, and this site accepts the ring site-a.',
      remedy: expect.stringContaining('--ring ""'),
    });
  });
  test('is said of what was changed on its way, too, and of a signature that does not fit', () => {
    const { verdict, remedy, mistakes: found } = here(sign().replaceAll('&', '&amp;'));
    expect(verdict).toContain('as HTML writes it');
    expect(remedy).toContain('Then: The key b1 is of the ring site-a');
    expect(found).toEqual(['htmlEscaped']);
    expect(here(sign().replace('a.txt', 'b.txt')).verdict).toContain('The key b1 is of the ring site-a');
  });
  test('is none where it was signed with a key of this one', () => {
    expect(here(sign({ ...key, id: 'b1' })).mistakes).toEqual(['otherKey']);
  });
  test('takes nothing from a link of ours that carries an argument of its name', () => {
    expect(here(`${link('/x/a.txt')}&st=1&until=2`).status).toBe(200);
  });
  test("does not hide the site's own older links", () => {
    expect(here(`${legacyLink('/x/a.txt')}&k=b1`).status).toBe(200);
  });
});

describe('the command line', () => {
  let env: Record<string, string>;
  const ringKey = { ...otherKey, id: 'b1', secret: otherKey.secret.replace('Z', 'Y') };
  beforeAll(async () => {
    const file = path.join(await temporaryFolder('explain'), 'keys.conf');
    await writeFile(file, formatKeyFile([ring, { name: 'site-a', current: ringKey, keys: [ringKey] }]));
    env = {
      TALLYGATE_KEYS_FILE: file,
      TALLYGATE_ORIGIN: 'https://dl.example.org',
      TALLYGATE_DATABASE_URL: 'postgres://127.0.0.1:1/none',
    };
  });

  test('link, then explain', async () => {
    const options = '--ttl 2h --finish 1d --token tok --rate 5000 --folder 1'.split(' ');
    const signed = await tallygate(['link', '/files/Größe.zip', '--name', 'ä "b".zip', ...options], { env });
    expect(signed).toMatchObject({ code: 0 });
    expect(signed.stdout).toMatch(
      /^https:\/\/dl\.example\.org\/files\/Gr%C3%B6%C3%9Fe\.zip\?e=\d{10}&f=\d{10}&k=a1&t=tok&p=1&r=5000&n=\S+&s=[\w-]{22}\n$/,
    );
    const explained = await tallygate(['explain', signed.stdout.trim()], { env });
    const unsure =
      '200: The link is good. Whether its token was revoked or is spent is not known: cannot reach PostgreSQL';
    expect(explained).toMatchObject({ code: 0, stdout: expect.stringContaining(unsure) });
    expect(explained.stdout).toContain('    tallygate-link-v1\n    k=a1\n');
    expect(explained.stdout).not.toContain(key.secret);
    const forged = await tallygate(['explain', signed.stdout.trim().replace('t=tok', 't=tik')], { env });
    expect(forged).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('403: The signature does not fit: another key'),
    });
    expect(forged.stdout).toMatch(/^403: .*\nCompare the signed text with .*\n\n/);
  });

  test('link and explain, of a ring', async () => {
    const of = (args: string[], more = {}) => tallygate(args, { env: { ...env, ...more } });
    const signed = await of(['link', '/a', '--ring', 'site-a']);
    expect(signed.stdout).toContain('&k=b1&');
    const configured = { TALLYGATE_KEYS_RING: 'site-a' };
    expect((await of(['link', '/a'], configured)).stdout).toContain('&k=b1&');
    expect((await of(['link', '/a', '--ring', ''], configured)).stdout).toContain('&k=a1&');
    const address = signed.stdout.trim();
    const refused = await of(['explain', address]);
    expect(refused).toMatchObject({ code: 3, stdout: expect.stringContaining('is of the ring site-a, and') });
    expect(await of(['explain', address, '--ring', 'site-a'])).toMatchObject({ code: 0 });
    expect(await of(['explain', address], configured)).toMatchObject({ code: 0 });
  });

  test('explain, with a cookie and what a terminal would obey', async () => {
    const options = ['/hls/course/seg 1.ts', '--folder', '2', '--form', 'cookie'];
    const { stdout } = await tallygate(['link', ...options], { env });
    const [address = '', set = ''] = stdout.split('\n');
    const good = await tallygate(['explain', address, '--cookie', set], { env });
    expect(good).toMatchObject({ code: 0, stdout: expect.stringContaining('in the cookie tallygate') });
    const other = await tallygate(['explain', `${address}/../../\u001b[2J.ts`, '--cookie', set], { env });
    expect(other).toMatchObject({ code: 3, stdout: expect.stringContaining('cannot be asked for') });
    const hostile = await tallygate(['explain', `${address}/../../%1B[2J%C2%AD`, '--cookie', set], { env });
    expect(hostile.stdout).toContain('path: /hls/\\u001b[2J\\u00ad\n');
    expect(hostile.stdout).toContain('the cookie is for /hls/course/, and the path lies elsewhere');
  });

  test.each<[string[], string, number?]>([
    [['files'], 'does not start with /'],
    [['/a/../b'], 'holds a . or .. segment'],
    [['/a', '--ttl', '5y'], 'no duration'],
    // Refused as it is read, like every option: 2, as for a command that is not there.
    [['/a', '--rate', '1.5'], 'a whole number', 2],
    [['/a', '--key', 'old'], 'no key old to sign with'],
    [['/a', '--key', 'b1'], 'For a site of that ring: --ring site-a'],
    [['/a', '--ring', 'site-b'], 'does not have the ring site-b, but the default ring, the ring site-a'],
    [['/a', '--ring', 'a/b'], "A ring's name is", 2],
    [['/a', '--folder', '3'], 'does not lie below 3 segments'],
    [['/a', '--address', 'nobody'], 'no address'],
    [['/a', '--token', 'a b'], 'no token id'],
    [['/a', '--ttl', '2h', '--finish', '1h'], 'finish-by lies before the expiry'],
  ])('link %j is refused', async (args, message, code = 1) => {
    const outcome = await tallygate(['link', ...args], { env });
    expect(outcome).toMatchObject({ code, stdout: '' });
    expect(outcome.stderr).toContain(message);
  });
});

test('no field can be smuggled into a link', () => {
  for (const fields of [
    { token: 'a\nf=9' },
    { filename: 'a\nb' },
    { filename: '\ud800' },
    { expires: 1.5 },
    { prefix: 17 },
  ])
    expect(() => signLink(key, { path: '/a', expires: inSeconds(1), ...fields }, '')).toThrow();
  for (const bad of ['', 'a', '//a', '/a//b', '/./a', '/a/..', '/a\n', '/\ufffd', '/\udc00'])
    expect(() => signLink(key, { path: bad, expires: inSeconds(1) }, '')).toThrow();
});
