// The keys: the file both readers agree on, and what can be done to it, through the command line and NGINX.

import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { adopt, newKey, newRing, retire, rotate } from '../../app/keys/change.ts';
import { formatKeyFile, parseKeyFile } from '../../app/keys/file.ts';
import { readKeyRing, type SecureLinkKey } from '../../app/keys/ring.ts';
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

test('what is written is what is read', () => {
  const ring = adopt(
    adopt(rotate(newRing(newKey('a1', now)), undefined, now), older('wp', 'md5')),
    older('cdn', 'st', '$secure_link_expires|$uri|"q" \\ ; {x} # not a comment'),
  );
  expect(parseKeyFile(formatKeyFile(ring), 'keys.conf')).toEqual(ring);
});

test('any change by hand is noticed', () => {
  const text = formatKeyFile(adopt(newRing(newKey('a1', now)), older('wp', 'md5')));
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

test.each([
  ['a key twice', () => adopt(newRing(newKey('a1', now)), older('a1', 'md5'))],
  ['an argument twice', () => adopt(adopt(newRing(newKey('a1', now)), older('x', 'md5')), older('y', 'MD5'))],
  ['no secret', () => adopt(newRing(newKey('a1', now)), older('x', 'md5', '$secure_link_expires$uri'))],
  ['no path', () => adopt(newRing(newKey('a1', now)), older('x', 'md5', '$secure_link_expires secret'))],
  ['no expiry', () => adopt(newRing(newKey('a1', now)), older('x', 'md5', '$uri secret'))],
  ['a name that is no argument', () => adopt(newRing(newKey('a1', now)), older('x', 'a-b'))],
  ['the current key retired', () => retire(newRing(newKey('a1', now)), 'a1')],
  ['a key retired that is not there', () => retire(newRing(newKey('a1', now)), 'zz')],
  ['an id out of form', () => newKey('A_1', now)],
])('refused: %s', (_, change) => expect(change).toThrow());

test('ids go on counting', () => {
  let ring = newRing(newKey('a1', now));
  ring = rotate(ring, undefined, now);
  ring = rotate(ring, undefined, now);
  ring = retire(ring, 'a2');
  expect(rotate(ring, undefined, now).current.id).toBe('a4');
  expect(rotate(newRing(newKey('main', now)), undefined, now).current.id).toBe('main1');
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
  const first = (await readKeyRing(file)).current;

  const nginx = await startSite({ etc: { 'keys.conf': await readFile(file, 'utf8') } });
  const reload = async () => {
    await writeFile(path.join(nginx.places.etc, 'keys.conf'), await readFile(file, 'utf8'));
    await nginx.reload();
  };
  const status = async (target: string) => (await ask(nginx, target)).status;
  const link = (key: typeof first) => signLink(key, { path: '/files/a.txt', expires: inSeconds(60) }, '');
  expect(await status(link(first))).toBe(200);
  expect(await status(legacyLink('/files/a.txt'))).toBe(403);

  expect(await keys('rotate')).toMatchObject({ code: 0, stdout: expect.stringContaining('signed with a2') });
  const second = (await readKeyRing(file)).current;
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
  expect(await keys('retire', 'a1')).toMatchObject({ code: 0 });
  await reload();
  expect([await status(link(first)), await status(link(second))]).toEqual([403, 200]);

  const listed = await keys('list');
  expect(listed.stdout).toMatch(
    /^a2 +hs256 +\d{4}-\d\d-\d\d current\nwp +secure_link \d{4}-\d\d-\d\d md5, expires\n$/,
  );
  expect(listed.stdout).not.toContain(second.secret);
  await nginx.stop();
});

test('two older keys with argument names of their own, beside ours', async () => {
  const ring = adopt(
    adopt(newRing(newKey('a1', now)), older('wp', 'md5')),
    older('cdn', 'st', '$secure_link_expires$uri$remote_addr "two"'),
  );
  const nginx = await startSite({ etc: etc(ring) });
  const expires = inSeconds(60);
  const { createHash } = await import('node:crypto');
  const st = createHash('md5').update(`${expires}/files/a.txt127.0.0.1 "two"`).digest('base64url');
  expect((await ask(nginx, `/files/a.txt?st=${st}&expires=${expires}`)).status).toBe(200);
  expect((await ask(nginx, legacyLink('/files/a.txt'))).status).toBe(200);
  expect((await ask(nginx, `/files/a.txt?md5=${st}&expires=${expires}`)).status).toBe(403);
  expect((await ask(nginx, signLink(ring.current, { path: '/files/a.txt', expires }, ''))).status).toBe(200);
  expect((await nginx.waitForRecords(3)).map(({ key }) => key)).toEqual(['cdn', 'wp', 'a1']);
  await nginx.stop();
});
