// The keys: the file both readers agree on, and what can be done to it, through the command line and NGINX.

import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  accept,
  adopt,
  newKey,
  newRing,
  nextKey,
  promote,
  retire,
  retireRing,
} from '../../app/keys/change.ts';
import { formatKeyFile, parseKeyFile, readKeyRing } from '../../app/keys/file.ts';
import { keysOf, parseLoaded } from '../../app/keys/loaded.ts';
import { type KeyRings, requireRing, type SecureLinkKey } from '../../app/keys/ring.ts';
import { signLink } from '../../app/link/sign.ts';
import { ask, etc, inSeconds, legacyLink, startSite } from '../gate/site.ts';
import { temporaryFolder } from '../harness/folders.ts';
import { tallygate } from '../harness/program.ts';

const now = new Date('2026-11-21T12:00:00Z');
const older = (
  id: string,
  signatureArg: string,
  expression = '$secure_link_expires$uri seekrit',
): SecureLinkKey => ({
  kind: 'secure_link',
  id,
  expression,
  signatureArg,
  expiresArg: 'expires',
  since: '2026-11-21',
});

/** A file with one key. */
const one = (id = 'a1', name = ''): KeyRings => [newRing(newKey(id, now), name)];
const rotated = (rings: KeyRings, name = '', id?: string) => promote(accept(rings, name, id, now), name);
const currentOf = (rings: KeyRings, name = '') => requireRing(rings, name).current.id;

test('what is written is what is read', () => {
  const odd = '$secure_link_expires|$uri|"q" \\ ; {x} # not a comment';
  const rings = adopt(adopt(rotated(one()), '', older('wp', 'md5')), '', older('cdn', 'st', odd));
  expect(parseKeyFile(formatKeyFile(rings), 'keys.conf')).toEqual(rings);
  // Names like words of NGINX's own, and the longest.
  const named = ['default', 'volatile', 'include', '1', '-', 'x'.repeat(16)].reduce(
    (before, name) => rotated(rotated(before, name), name),
    adopt(rotated(rings, 'site-a'), 'site-a', older('shop', 'md5', odd)),
  );
  expect(parseKeyFile(formatKeyFile(named), 'keys.conf')).toEqual(named);
  expect(named.map(({ current }) => current.id)).toEqual(['a2', 'b1', 'd2', 'e2', 'f2', 'g2', 'h2', 'i2']);
  expect(parseKeyFile(formatKeyFile(one('b1', 'site-a')), 'keys.conf').map(({ name }) => name)).toEqual([
    'site-a',
  ]);
});

test('a key is accepted first, and signs when it is promoted', () => {
  const accepted = accept(one(), '', undefined, now);
  expect(currentOf(accepted)).toBe('a1');
  expect(nextKey(requireRing(accepted, ''))?.id).toBe('a2');
  // What stands in the file says it all: a rotation that was stopped goes on from there.
  const read = parseKeyFile(formatKeyFile(accepted), 'keys.conf');
  expect(read).toEqual(accepted);
  // An older key of the site's own is no next key.
  const beside = adopt(read, '', older('wp', 'md5'));
  expect(nextKey(requireRing(beside, ''))?.id).toBe('a2');
  const done = promote(beside, '');
  expect([currentOf(done), nextKey(requireRing(done, ''))]).toEqual(['a2', undefined]);
  expect(promote(done, '')).toEqual(done);
  // One that is given up before it signed anything.
  expect(retire(accepted, 'a2')).toEqual(
    one().map((ring) => ({ ...ring, current: accepted[0]?.current, keys: [accepted[0]?.current] })),
  );
});

test('what NGINX says that it has loaded is what the file holds, however many keys there are', async () => {
  let rings: KeyRings = adopt(rotated(one(), 'site-a'), '', older('wp', 'md5'));
  for (let n = 0; n < 100; n++) rings = accept(rings, n % 2 ? 'site-a' : '', undefined, now);
  const nginx = await startSite({ etc: etc(rings) });
  const at = '/tallygate/internal/keys';
  const { status, body } = await ask(nginx, at);
  expect(status).toBe(200);
  expect(parseLoaded(body)).toEqual(keysOf(rings));
  for (const { keys } of rings)
    for (const key of keys) if (key.kind === 'hs256') expect(body).not.toContain(key.secret);
  // Whoever else asks: through a proxy on this host, from elsewhere, by another spelling.
  for (const name of ['X-Forwarded-For', 'Forwarded', 'Via'])
    expect((await ask(nginx, at, { headers: { [name]: '203.0.113.9' } })).status).toBe(404);
  expect((await ask(nginx, at, { localAddress: '127.0.0.2' })).status).toBe(404);
  expect((await ask(nginx, `${at}/`)).status).toBe(404);
  await nginx.stop();
});

test('any change by hand is noticed', () => {
  const rings = adopt(rotated(one(), 'site-a'), 'site-a', older('wp', 'md5'));
  const text = formatKeyFile(rings);
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.constantFrom('', 'x', ';', '\n', '"'), (at, put) => {
      const changed = text.slice(0, at) + put + text.slice(at + 1);
      if (changed === text) return;
      const read = () => parseKeyFile(changed, 'keys.conf');
      // A character of a secret may change: the file is still a key file, with another secret.
      try {
        expect(formatKeyFile(read())).toBe(changed);
      } catch (error) {
        expect(String(error)).toContain('does not hold');
      }
    }),
    { numRuns: 3000, seed: 20261121 },
  );
});

test.each<[string, () => unknown]>([
  ['a key twice', () => adopt(one(), '', older('a1', 'md5'))],
  ['a key twice, in two rings', () => rotated(one(), 'site-a', 'a1')],
  ['an argument twice', () => adopt(adopt(one(), '', older('x', 'md5')), '', older('y', 'MD5'))],
  ['no secret', () => adopt(one(), '', older('x', 'md5', '$secure_link_expires$uri'))],
  ['no path', () => adopt(one(), '', older('x', 'md5', '$secure_link_expires secret'))],
  ['no expiry', () => adopt(one(), '', older('x', 'md5', '$uri secret'))],
  ['a name that is no argument', () => adopt(one(), '', older('x', 'a-b'))],
  ["an id that is a word of NGINX's", () => adopt(one(), '', older('default', 'md5'))],
  ['a ring that is not there', () => adopt(one(), 'site-a', older('x', 'md5'))],
  ['the current key retired', () => retire(one(), 'a1')],
  ['the current key of a ring retired', () => retire(rotated(one(), 'site-a'), 'b1')],
  ['a key retired that is not there', () => retire(one(), 'zz')],
  ['the last ring retired', () => retireRing(one(), '')],
  ['an id out of form', () => newKey('A_1', now)],
  ['a name out of form', () => rotated(one(), 'site/a')],
])('refused: %s', (_, change) => expect(change).toThrow());

test('ids go on counting', () => {
  let rings = rotated(rotated(one()));
  rings = retire(rings, 'a2');
  expect(currentOf(rotated(rings))).toBe('a4');
  expect(currentOf(rotated(one('main')))).toBe('main1');
  // Past those of every ring, because a key's id says which ring it is of.
  rings = rotated(rings, 'site-a', 'a7');
  expect(currentOf(rotated(rings))).toBe('a8');
  expect(currentOf(rotated(rotated(rings), 'site-a'), 'site-a')).toBe('a9');
});

test('an argument may carry the signatures of older keys of two rings', () => {
  const rings = adopt(
    adopt(rotated(one(), 'site-a'), '', older('wp', 'md5')),
    'site-a',
    older('shop', 'md5'),
  );
  expect(parseKeyFile(formatKeyFile(rings), 'keys.conf')).toEqual(rings);
});

test('the command line, and NGINX after each step', async () => {
  const folder = await temporaryFolder('keys');
  const file = path.join(folder, 'keys.conf');
  const env = { TALLYGATE_KEYS_FILE: file };
  const keys = async (...args: string[]) => tallygate(['keys', ...args], { env });

  expect(await keys('list')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('tallygate keys generate'),
  });
  expect(await keys('generate')).toMatchObject({ code: 0 });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await keys('generate')).toMatchObject({ code: 1, stderr: expect.stringContaining('keys rotate') });
  const first = (await readKeyRing(file, '')).current;

  const nginx = await startSite({ etc: { 'keys.conf': await readFile(file, 'utf8') } });
  const reload = async () => {
    await writeFile(path.join(nginx.places.etc, 'keys.conf'), await readFile(file, 'utf8'));
    await nginx.reload();
  };
  const status = async (target: string) => (await ask(nginx, target)).status;
  const link = (key: typeof first) => signLink(key, { path: '/files/a.txt', expires: inSeconds(60) }, '');
  expect(await status(link(first))).toBe(200);
  expect(await status(legacyLink('/files/a.txt'))).toBe(403);

  expect(await keys('rotate', '--force')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('signed with a2'),
  });
  const second = (await readKeyRing(file, '')).current;
  expect(second.secret).not.toBe(first.secret);
  expect(await status(link(second))).toBe(403);
  await reload();
  expect([await status(link(first)), await status(link(second))]).toEqual([200, 200]);

  expect(await keys('adopt', 'wp', '--expression', '$secure_link_expires$uri seekrit')).toMatchObject({
    code: 0,
  });
  await reload();
  expect([await status(link(second)), await status(legacyLink('/files/a.txt'))]).toEqual([200, 200]);

  expect(await keys('retire', 'a2')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is the current key'),
  });
  expect(await keys('retire', 'a1', '--force')).toMatchObject({ code: 0 });
  await reload();
  expect([await status(link(first)), await status(link(second))]).toEqual([403, 200]);

  const listed = await keys('list');
  expect(listed.stdout).toMatch(
    /^a2 +hs256 +\d{4}-\d\d-\d\d signing\nwp +secure_link \d{4}-\d\d-\d\d accepted \(md5, expires\)\n$/,
  );
  expect(listed.stdout).not.toContain(second.secret);
  await nginx.stop();
});

test('rings on the command line', async () => {
  const file = path.join(await temporaryFolder('keys'), 'keys.conf');
  const keys = async (args: string, more: Record<string, string> = {}) =>
    tallygate(['keys', ...args.split(' ')], { env: { TALLYGATE_KEYS_FILE: file, ...more } });
  const refuses = async (args: string, message: string, code = 1) =>
    expect(await keys(args)).toMatchObject({ code, stderr: expect.stringContaining(message) });

  await keys('generate');
  await refuses('adopt shop --ring site-a --expression x', 'tallygate keys rotate --ring site-a');
  await refuses('rotate --ring Site_A', "A ring's name is 1 to 16", 2);
  const made = await keys('rotate --ring site-a');
  expect(made.stdout).toContain('Made the ring site-a, whose links are signed with b1.');
  expect(made.stdout).toContain('set $tallygate_keys site-a;');
  await refuses('retire b1', 'tallygate keys rotate --ring site-a');
  // What is configured is what is meant.
  expect((await keys('rotate --force', { TALLYGATE_KEYS_RING: 'site-a' })).stdout).toContain(
    'New links of the ring site-a are signed with b2',
  );
  expect((await keys('rotate --force')).stdout).toContain('New links are signed with a2');
  await refuses('rotate --ring site-a --id a1', 'there is a key a1 already');
  await refuses('retire b1 --ring site-b', 'does not have the ring site-b');
  const day = '\\d{4}-\\d\\d-\\d\\d';
  const listed = [`a1 +hs256 +${day} - +accepted\n`, `a2 +hs256 +${day} - +signing\n`];
  const listedOfRing = [`b1 +hs256 +${day} site-a +accepted\n`, `b2 +hs256 +${day} site-a +signing\n`];
  expect((await keys('list')).stdout).toMatch(new RegExp(`^${[...listed, ...listedOfRing].join('')}$`));
  expect((await keys('list --ring site-a')).stdout).toMatch(new RegExp(`^${listedOfRing.join('')}$`));
  await refuses('retire a1 --ring site-a', 'the ring site-a has no key a1');
  expect(await keys('retire b1 --ring site-a --force')).toMatchObject({ code: 0 });
  await refuses('retire', 'no key is named');
  await refuses('retire --all', 'Name it with --ring');
  expect((await keys('retire --all --ring site-a --force')).stdout).toContain('Took out the ring site-a');
  expect((await keys('list')).stdout).toMatch(new RegExp(`^a1 +hs256 +${day} accepted\na2 .* signing\n$`));
});

test('two older keys with argument names of their own, beside ours', async () => {
  const rings = adopt(
    adopt(one(), '', older('wp', 'md5')),
    '',
    older('cdn', 'st', '$secure_link_expires$uri$remote_addr "two"'),
  );
  const { current } = requireRing(rings, '');
  const nginx = await startSite({ etc: etc(rings) });
  const expires = inSeconds(60);
  const { createHash } = await import('node:crypto');
  const st = createHash('md5').update(`${expires}/files/a.txt127.0.0.1 "two"`).digest('base64url');
  expect((await ask(nginx, `/files/a.txt?st=${st}&expires=${expires}`)).status).toBe(200);
  expect((await ask(nginx, legacyLink('/files/a.txt'))).status).toBe(200);
  expect((await ask(nginx, `/files/a.txt?md5=${st}&expires=${expires}`)).status).toBe(403);
  expect((await ask(nginx, signLink(current, { path: '/files/a.txt', expires }, ''))).status).toBe(200);
  expect((await nginx.waitForRecords(3)).map(({ key }) => key)).toEqual(['cdn', 'wp', 'a1']);
  await nginx.stop();
});
