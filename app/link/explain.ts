// What a link says, what NGINX would make of it, and where the two part. For the person whose link gives 403 and
// who has the key; NGINX itself tells nobody.

import { createHash, createHmac } from 'node:crypto';
import { type LinkArguments, readQuery, readSegments } from '../../njs/link/arguments.ts';
import { canonicalString } from '../../njs/link/canonical.ts';
import { coveredPrefix } from '../../njs/link/covered.ts';
import { findKey, type Hs256Key, type KeyRing, type SecureLinkKey } from '../keys/ring.ts';
import { boundAddress } from './address.ts';
import { pathFault } from './path.ts';
import { signatureOf } from './sign.ts';

export type Explanation = {
  /** what NGINX would answer, as far as the link alone decides */
  readonly status: 200 | 400 | 403 | 410;
  /** one sentence for people */
  readonly verdict: string;
  /** what was looked at on the way, in order */
  readonly facts: readonly (readonly [name: string, value: string])[];
};

/** `client`: the address that asks, for bound links; `now` in unix seconds. */
export type Circumstances = { ring: KeyRing; now: number; client?: string | undefined };

/** Explains `url`: a whole URL or a path with its query. */
export function explain(url: string, at: Circumstances): Explanation {
  const [rawPath = '', ...rest] = url
    .replace(/^https?:\/\/[^/?]*/, '')
    .replace(/#.*$/, '')
    .split('?');
  const query = rest.join('?');
  let path: string;
  try {
    path = decodeURIComponent(rawPath);
  } catch {
    return {
      status: 400,
      verdict: 'The path holds a % that is not followed by two digits, or is not UTF-8.',
      facts: [],
    };
  }
  const inPath = /^\/s\/([^/]+\/[^/]+\/[^/]+\/[^/]+)(\/.*)$/s.exec(path);
  const older = inPath ? undefined : olderKey(query, at.ring);
  if (older) return explainOlder(older, path, query, at);
  const link = inPath ? readSegments(inPath[1] ?? '') : readQuery(query);
  const asked = inPath?.[2] ?? path;
  const facts: [string, string][] = [['path', asked]];
  const fault = pathFault(asked);
  if (fault) facts.push(['note', `the path ${fault}: NGINX normalises it before it looks at the signature`]);
  if (!link) return { status: 403, verdict: malformed(query), facts };
  facts.push(...describe(link, at.now));
  const key = findKey(at.ring, link.k);
  if (key?.kind !== 'hs256') {
    const ids = at.ring.keys.map(({ id }) => id).join(', ');
    return { status: 403, verdict: `The key ${link.k} is not in the key file, which holds: ${ids}.`, facts };
  }
  return explainSigned(link, key, asked, facts, at);
}

function explainSigned(
  link: LinkArguments,
  key: Hs256Key,
  path: string,
  facts: [string, string][],
  at: Circumstances,
): Explanation {
  const covered = link.p === '' ? path : coveredPrefix(path, Number(link.p));
  if (covered === '')
    return { status: 403, verdict: `The path does not lie below ${link.p} segments.`, facts };
  const bound = link.i === '' ? '' : boundAddress(at.client ?? '');
  if (bound === undefined)
    return { status: 403, verdict: 'The link is bound to an address: say which with --client.', facts };
  const signed = { ...link, i: bound, path: covered };
  const { mac, signature } = signatureOf(key, signed);
  facts.push(
    ['signed text', canonicalString(signed)],
    ['mac', mac],
    ['signature, computed', signature],
    ['signature, in the link', link.s],
  );
  if (signature !== link.s) return { status: 403, verdict: guess(link, key, path, signed.i), facts };
  if (link.b !== '' && Number(link.b) > at.now)
    return {
      status: 403,
      verdict: `The signature is right, but the link is not valid before ${time(link.b)}.`,
      facts,
    };
  if (Number(link.e) >= at.now) return { status: 200, verdict: 'The link is good.', facts };
  const resumes = link.f !== '' && Number(link.f) >= at.now;
  return {
    status: 410,
    verdict: resumes
      ? `The link is good only to resume (a Range that does not begin at byte 0), until ${time(link.f)}.`
      : 'The signature is right, but the time is over.',
    facts,
  };
}

/** Why a signature may not fit: the mistakes people make, tried one by one. */
function guess(link: LinkArguments, key: Hs256Key, path: string, bound: string): string {
  const fits = (changes: Partial<LinkArguments & { path: string }>) => {
    const fields = { ...link, i: bound, path, ...changes };
    const covered = fields.p === '' ? fields.path : coveredPrefix(fields.path, Number(fields.p));
    return signatureOf(key, { ...fields, path: covered }).signature === link.s;
  };
  const tries: readonly (readonly [boolean, string])[] = [
    [fits({ path: encodeURI(path) }), 'the encoded path was signed: sign it decoded, as NGINX sees it'],
    [fits({ path: path.slice(1) }), 'the path was signed without its first slash'],
    [
      fits({ path: path.replace(/\/$/, '') }) || fits({ path: `${path}/` }),
      'the path was signed with another final slash',
    ],
    [fits({ path: path.replaceAll(' ', '+') }), 'a space was signed as +'],
    [fits({ t: '' }), 't was added after signing'],
    [fits({ f: '' }), 'f was added after signing'],
    [fits({ n: '' }), 'n was added after signing'],
    [fits({ n: encodeURIComponent(link.n) }), 'n was signed encoded: sign it decoded'],
    [fits({ r: '' }), 'r was added after signing'],
    [fits({ i: '' }), 'i was added after signing'],
    [fits({ i: '1' }), 'the 1 of i was signed: sign the address itself'],
    [fits({ p: '' }) || fits({ p: '', path: coveredPrefix(path, Number(link.p || 1)) }), 'p was not signed'],
    [
      createHash('md5')
        .update(rawMac(link, key, path, bound))
        .digest('base64url') === link.s,
      'the MD5 was taken of the raw MAC: take it of its 64 hexadecimal digits, in lower case',
    ],
  ];
  const found = tries.find(([fit]) => fit)?.[1];
  return found
    ? `The signature does not fit: ${found}.`
    : 'The signature does not fit: another key, another path, or a field that was changed. Compare the signed text.';
}

function rawMac(link: LinkArguments, key: Hs256Key, path: string, bound: string): Buffer {
  const covered = link.p === '' ? path : coveredPrefix(path, Number(link.p));
  return createHmac('sha256', key.secret)
    .update(canonicalString({ ...link, i: bound, path: covered }))
    .digest();
}

/** A value of a query as NGINX's $arg_x reads it: the first, whatever its case, not decoded. */
function argument(query: string, name: string): string {
  return new RegExp(`(?:^|&)${name}=([^&]*)`, 'i').exec(query)?.[1] ?? '';
}

function olderKey(query: string, ring: KeyRing): SecureLinkKey | undefined {
  if (findKey(ring, argument(query, 'k').toLowerCase())?.kind === 'hs256') return undefined;
  return ring.keys.find(
    (key): key is SecureLinkKey => key.kind === 'secure_link' && argument(query, key.signatureArg) !== '',
  );
}

function explainOlder(key: SecureLinkKey, path: string, query: string, at: Circumstances): Explanation {
  const expires = argument(query, key.expiresArg);
  const known: Readonly<Record<string, string | undefined>> = {
    secure_link_expires: expires,
    uri: path,
    args: query,
    remote_addr: at.client,
  };
  const missing: string[] = [];
  const text = key.expression.replace(/\$\{?(\w+)\}?/g, (_, name: string) => {
    const value = name.startsWith('arg_') ? argument(query, name.slice(4)) : known[name];
    if (value === undefined) missing.push(name);
    return value ?? '';
  });
  const computed = createHash('md5').update(text).digest('base64url');
  const given = argument(query, key.signatureArg);
  const facts: [string, string][] = [
    ['path', path],
    ['key', `${key.id} (secure_link)`],
    ['expires', `${expires} (${time(expires)})`],
    ['hashed text', text],
    ['signature, computed', computed],
    ['signature, in the link', given],
  ];
  if (missing.length > 0)
    return {
      status: 403,
      verdict: `Only NGINX knows ${missing.map((name) => `$${name}`).join(', ')}.`,
      facts,
    };
  if (given !== computed)
    return { status: 403, verdict: 'The signature does not fit the hashed text.', facts };
  if (Number(expires) < at.now)
    return { status: 410, verdict: 'The signature is right, but the time is over.', facts };
  return { status: 200, verdict: 'The link is good.', facts };
}

function describe(link: LinkArguments, now: number): [string, string][] {
  const left = Number(link.e) - now;
  const facts: [string, string][] = [
    ['key', link.k],
    ['start by', `${link.e} (${time(link.e)}, ${left < 0 ? `${-left} s ago` : `in ${left} s`})`],
  ];
  const add = (name: string, value: string) => void (value !== '' && facts.push([name, value]));
  add('finish by', link.f && `${link.f} (${time(link.f)})`);
  add('not before', link.b && `${link.b} (${time(link.b)})`);
  add('token', link.t);
  add('folder', link.p && `the first ${link.p} segments`);
  add('bound to', link.i && 'an address');
  add('rate', link.r && `${link.r} bytes/s`);
  add('file name', link.n);
  return facts;
}

function malformed(query: string): string {
  const names = query.split('&').map((arg) => arg.split('=')[0] ?? '');
  const twice = [...'efbktpirns'].find((name) => names.filter((other) => other === name).length > 1);
  if (twice) return `The argument ${twice} stands twice.`;
  const missing = ['e', 'k', 's'].filter((name) => !names.includes(name));
  if (missing.length > 0) return `Missing: ${missing.join(', ')}.`;
  return 'An argument does not have the form it must have.';
}

function time(text: string): string {
  const date = new Date(Number(text) * 1000);
  return Number.isNaN(date.getTime())
    ? 'no time'
    : date.toISOString().replace('.000Z', ' UTC').replace('T', ' ');
}
