// The keys of the benchmarks and the links under them: one for each way of checking a link that is compared.

import { createHash, createHmac } from 'node:crypto';
import type { Hs256Key, SecureLinkKey } from '../../../app/keys/ring.ts';
import { signLink } from '../../../app/link/sign.ts';
import { canonicalString } from '../../../njs/link/canonical.ts';

const since = '2026-11-21';
export const key: Hs256Key = { kind: 'hs256', id: 'a1', secret: 'kU0R3nq1mW7m3cJ2u4v8yB6pXwTzLd5s', since };
/** What NGINX's own secure_link hashes. */
export const expression = '$secure_link_expires$uri benchmark';
export const ownKey: SecureLinkKey = {
  kind: 'secure_link',
  id: 'own',
  expression,
  signatureArg: 'md5',
  expiresArg: 'expires',
  since,
};

const expires = Math.floor(Date.now() / 1000) + 86_400;
const token = 'q3Jx_7-Z';

/** A link of stock secure_link. */
export function nativeLink(file: string): string {
  const signature = createHash('md5').update(`${expires}${file} benchmark`).digest('base64url');
  return `${file}?md5=${signature}&expires=${expires}`;
}

/** A link of ours, with a token. */
export function ourLink(file: string): string {
  return signLink(key, { path: file, expires, token }, '');
}

/** The same without a token: any number of connections may use it. */
export function tokenlessLink(file: string): string {
  return signLink(key, { path: file, expires }, '');
}

/** Our link, but signed with an HMAC itself, which is how one would do it in Lua. */
export function hmacLink(hash: 'sha1' | 'sha256', file: string): string {
  const e = String(expires);
  const text = canonicalString({
    k: key.id,
    e,
    f: '',
    b: '',
    t: token,
    i: '',
    r: '',
    n: '',
    p: '',
    path: file,
  });
  const signature = createHmac(hash, key.secret).update(text).digest('base64url');
  return `${file}?e=${expires}&k=${key.id}&t=${token}&s=${signature}`;
}
