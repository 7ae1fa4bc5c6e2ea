// `tallygate link` and `tallygate explain`: what the second says of the first, and of every mistake people make.

import { createHash, createHmac } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { formatKeyFile } from '../../app/keys/file.ts';
import { explain } from '../../app/link/explain.ts';
import { signLink } from '../../app/link/sign.ts';
import { canonicalString } from '../../njs/link/canonical.ts';
import { inSeconds, key, legacyLink, link, ring } from '../gate/site.ts';
import { temporaryFolder } from '../harness/folders.ts';
import { tallygate } from '../harness/program.ts';

const now = () => Math.floor(Date.now() / 1000);
const of = (url: string, client?: string) => explain(url, { ring, now: now(), client });

/** A link whose canonical string holds `wrong` in place of what it should. */
function mistaken(wrong: Partial<Parameters<typeof canonicalString>[0]>, shown: string, raw = false): string {
  const e = String(inSeconds(600));
  const fields = { k: 'a1', e, f: '', b: '', t: '', i: '', r: '', n: '', p: '', path: '/a b/c', ...wrong };
  const mac = createHmac('sha256', key.secret).update(canonicalString(fields)).digest();
  const signature = createHash('md5')
    .update(raw ? mac : mac.toString('hex'))
    .digest('base64url');
  return `${shown}?e=${e}&k=a1&s=${signature}`;
}

test('a good link, whole or a path alone, in query and in path', () => {
  expect(of(link('/a b/c', { token: 'tok' }))).toMatchObject({ status: 200 });
  expect(of(`https://dl.example.org${link('/a')}#fragment`)).toMatchObject({ status: 200 });
  const query = new URLSearchParams(link('/hls/x', { prefix: 1 }).split('?')[1]);
  expect(of(`/s/${query.get('s')}/${query.get('e')}.p1/a1/-/hls/any/thing`)).toMatchObject({ status: 200 });
  expect(of(legacyLink('/a'))).toMatchObject({ status: 200 });
});

test.each([
  ['/a?e=1&k=a1', 403, 'Missing: s.'],
  [`${link('/a')}&e=1`, 403, 'The argument e stands twice.'],
  [link('/a').replace('k=a1', 'k=zz'), 403, 'The key zz is not in the key file, which holds: a1, old.'],
  [link('/a').replace('?e=', '?e=x'), 403, 'An argument does not have the form'],
  [link('/a', { expires: inSeconds(-9) }), 410, 'The signature is right, but the time is over.'],
  [link('/a', { expires: inSeconds(-9), finishBy: inSeconds(9999) }), 410, 'good only to resume'],
  [link('/a', { notBefore: inSeconds(9999) }), 403, 'not valid before'],
  [link('/a', { address: '203.0.113.9' }), 403, 'say which with --client'],
  ['/a%zz', 400, 'followed by two digits'],
  [legacyLink('/a', inSeconds(-9)), 410, 'the time is over'],
  [legacyLink('/a').replace('/a', '/b'), 403, 'does not fit the hashed text'],
])('%s: %i', (url, status, verdict) => {
  expect(of(url)).toMatchObject({ status, verdict: expect.stringContaining(verdict) });
});

describe('the mistake is named', () => {
  test.each([
    [mistaken({ path: '/a%20b/c' }, '/a%20b/c'), 'the encoded path was signed'],
    [mistaken({ path: 'a b/c' }, '/a%20b/c'), 'without its first slash'],
    [mistaken({ path: '/a+b/c' }, '/a%20b/c'), 'a space was signed as +'],
    [mistaken({ path: '/a b/c/' }, '/a%20b/c'), 'another final slash'],
    [`${mistaken({}, '/a%20b/c')}&t=later`, 't was added after signing'],
    [mistaken({}, '/a%20b/c', true), '64 hexadecimal digits'],
    [mistaken({ path: '/other' }, '/a%20b/c'), 'Compare the signed text'],
  ])('%s', (url, sentence) => expect(of(url).verdict).toContain(sentence));
});

test('a bound link is good for its client alone', () => {
  const bound = link('/a', { address: '2001:db8::1' });
  expect(of(bound, '2001:db8::ffff').status).toBe(200);
  expect(of(bound, '2001:db9::1').status).toBe(403);
});

describe('the command line', () => {
  let env: Record<string, string>;
  beforeAll(async () => {
    const file = path.join(await temporaryFolder('explain'), 'keys.conf');
    await writeFile(file, formatKeyFile(ring));
    env = { TALLYGATE_KEYS_FILE: file, TALLYGATE_ORIGIN: 'https://dl.example.org' };
  });

  test('link, then explain', async () => {
    const options = '--ttl 2h --finish 1d --token tok --rate 5000 --folder 1'.split(' ');
    const signed = await tallygate(['link', '/files/Größe.zip', '--name', 'ä "b".zip', ...options], { env });
    expect(signed).toMatchObject({ code: 0 });
    expect(signed.stdout).toMatch(
      /^https:\/\/dl\.example\.org\/files\/Gr%C3%B6%C3%9Fe\.zip\?e=\d{10}&f=\d{10}&k=a1&t=tok&p=1&r=5000&n=\S+&s=[\w-]{22}\n$/,
    );
    const explained = await tallygate(['explain', signed.stdout.trim()], { env });
    expect(explained).toMatchObject({ code: 0, stdout: expect.stringContaining('200: The link is good.') });
    expect(explained.stdout).toContain('    tallygate-link-v1\n    k=a1\n');
    expect(explained.stdout).not.toContain(key.secret);
    const forged = await tallygate(['explain', signed.stdout.trim().replace('t=tok', 't=tik')], { env });
    expect(forged).toMatchObject({
      code: 3,
      stdout: expect.stringContaining('403: The signature does not fit'),
    });
  });

  test.each<[string[], string, number?]>([
    [['files'], 'does not start with /'],
    [['/a/../b'], 'holds a . or .. segment'],
    [['/a', '--ttl', '5y'], 'no duration'],
    // Refused as it is read, like every option: 2, as for a command that is not there.
    [['/a', '--rate', '1.5'], 'a whole number', 2],
    [['/a', '--key', 'old'], 'no key old to sign with'],
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
