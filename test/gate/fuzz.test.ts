// A great many bad links, none of which may pass: 200,000 through the module as it ships, run here with what NGINX does
// around it, and 20,000 through NGINX. FUZZ_SEED picks others.

import { createHash } from 'node:crypto';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LinkFields, signLink } from '../../app/link/sign.ts';
import { projectRoot } from '../harness/folders.ts';
import type { Nginx } from '../harness/nginx.ts';
import { meaning, mutate, normalised, random } from './mutate.ts';
import { get, sendRaw } from './raw.ts';
import { inSeconds, key, startSite } from './site.ts';

const seed = Number(process.env.FUZZ_SEED ?? 20261121);
const paths = [
  '/files/a.txt',
  '/files/b c/d.txt',
  '/files/e/f/g.txt',
  '/files/Größe.zip',
  '/files/e/f/a.txt',
];

/** Links of every shape, some of them late, some with a key nobody has. */
function seedLinks(): string[] {
  const pick = random(seed);
  const some = <T>(value: T): T | undefined => (pick(3) === 0 ? value : undefined);
  return Array.from({ length: 300 }, () => {
    const fields: LinkFields = {
      path: paths[pick(paths.length)] ?? '',
      expires: inSeconds(3600 - pick(2) * 7200),
      finishBy: some(inSeconds(9000)),
      notBefore: some(inSeconds(pick(2) === 0 ? -60 : 600)),
      token: some(`tok${pick(100)}`),
      address: some('203.0.113.9'),
      rate: some(1_000_000),
      filename: some('a b.txt'),
      prefix: some(1),
    };
    return signLink(pick(10) === 0 ? { ...key, id: 'b2' } : key, fields, '');
  });
}

type Variables = Record<string, string | undefined>;
type Request = { variables: Variables; rawVariables: Record<string, Buffer> };
type Handlers = { gate: (request: Request) => string };
let handlers: Handlers;
let nginx: Nginx;
beforeAll(async () => {
  // What njs has and Node does not.
  Object.assign(globalThis, { njs: { version_number: 0x000709 } });
  handlers = (await import(pathToFileURL(path.join(projectRoot, 'dist/njs/tallygate.js')).href)).default;
  nginx = await startSite({
    // Everything behind the gate: no other answer than its own.
    server: 'location / { include tallygate/protect.conf; }',
    files: { 'files/b c/d.txt': 'x', 'files/e/f/g.txt': 'x', 'files/e/f/a.txt': 'x', 'files/Größe.zip': 'x' },
  });
});
afterAll(() => nginx.stop());

/** What NGINX and its secure_link do with the module's answer: the status, 200 or 403 or 410. */
function decide(link: string): number {
  const [rawPath = '', ...rest] = link.split('?');
  const args = rest.join('?');
  let uri: string;
  try {
    uri = `/${normalised(decodeURIComponent(rawPath)).join('/')}`;
  } catch {
    return 400;
  }
  const arg = (name: string) => new RegExp(`(?:^|&)${name}=([^&]*)`, 'i').exec(args)?.[1] ?? '';
  const [e, k, s, t] = [arg('e'), arg('k'), arg('s'), arg('t')];
  const secret = k.toLowerCase() === key.id ? key.secret : '';
  const variables: Variables = {
    args,
    msec: `${Date.now() / 1000}`,
    tallygate_plain: !/^[\w-]{0,32}\/[\w-]{21}[AQgw]$/.test(`${t}/${s}`)
      ? ''
      : `e=${e}&k=${k}${t === '' ? '' : `&t=${t}`}&s=${s}`,
    tallygate_secret: secret,
    tallygate_expires: e,
    tallygate_path: uri,
    remote_addr: '192.0.2.1',
    scheme: 'http',
  };
  const canonical = `tallygate-link-v1\nk=${k}\ne=${e}\nf=\nb=\nt=${t}\ni=\nr=\nn=\np=\n${uri}\n`;
  const rawVariables = { tallygate_canonical: Buffer.from(canonical) };
  if (handlers.gate({ variables, rawVariables }) !== 'ok') return 403;
  const signature = variables.tallygate_signature ?? s;
  if (!/^[\w-]{21}[AQgw]$/.test(signature)) return 403;
  if (
    createHash('md5')
      .update(variables.tallygate_mac ?? '')
      .digest('base64url') !== signature
  )
    return 403;
  return Number(variables.tallygate_expires) < Date.now() / 1000 ? 410 : 200;
}

/** `count` mutated links that say something other than the link they came from. */
function* badLinks(count: number, from: readonly string[]): Generator<string> {
  const pick = random(seed + count);
  const good = new Set(from.map(meaning));
  for (let made = 0; made < count; ) {
    const original = from[pick(from.length)] ?? '';
    const bad = mutate(original, from[pick(from.length)] ?? '', pick);
    if (good.has(meaning(bad))) continue;
    made++;
    yield bad;
  }
}

test('the links they come from are answered as they should be', async () => {
  for (const link of seedLinks()) {
    const { status } = await sendRaw(nginx, get(link));
    const expected = decide(link);
    expect([link, status]).toEqual([link, expected]);
  }
  expect(new Set(seedLinks().map(decide))).toEqual(new Set([200, 403, 410]));
});

test('200,000 mutated links: the module accepts none, and tells none that it is late', () => {
  const links = seedLinks();
  const passed: string[] = [];
  let count = 0;
  for (const bad of badLinks(200_000, links)) {
    count++;
    const status = decide(bad);
    if (status === 200 || status === 410) passed.push(`${status} ${bad}`);
  }
  expect(passed).toEqual([]);
  expect(count).toBe(200_000);
});

test('20,000 mutated links: NGINX accepts none', async () => {
  const passed: string[] = [];
  let count = 0;
  const source = badLinks(20_000, seedLinks());
  const worker = async () => {
    for (const bad of source) {
      count++;
      const { status } = await sendRaw(nginx, get(bad));
      if (![400, 403].includes(status)) passed.push(`${status} ${bad}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  expect(passed).toEqual([]);
  expect(count).toBe(20_000);
});
