// The links of a site that used NGINX's secure_link before (tallygate keys adopt).

import { createHash } from 'node:crypto';
import { findKey, type KeyRing, type KeyRings, type SecureLinkKey } from '../../keys/ring.ts';
import type { Circumstances, Judged } from './judged.ts';
import { argument, type Reading } from './reading.ts';
import { time } from './time.ts';

/** The key of `ring` whose arguments the query has. Undefined if the query names a key of ours, one of `ours`. */
export function olderKey(
  { place, query }: Reading,
  ring: KeyRing,
  ours: KeyRings = [ring],
): SecureLinkKey | undefined {
  const k = argument(query, 'k').toLowerCase();
  if (place === 'path' || ours.some((one) => findKey(one, k)?.kind === 'hs256')) return undefined;
  return ring.keys.find(
    (key): key is SecureLinkKey => key.kind === 'secure_link' && argument(query, key.signatureArg) !== '',
  );
}

/** What NGINX does with such a link. */
export function judgeOlder(key: SecureLinkKey, reading: Reading, at: Circumstances): Judged {
  const { path, query } = reading;
  const expires = argument(query, key.expiresArg);
  const known = { secure_link_expires: expires, uri: path, args: query, remote_addr: at.client };
  const { text, shown, missing } = fill(key.expression, known, query);
  const computed = createHash('md5').update(text).digest('base64url');
  const given = argument(query, key.signatureArg);
  const facts: [string, string][] = [
    ['path', path],
    ['key', `${key.id} (secure_link)`],
    ['expires', `${expires} (${time(expires)})`],
    ['hashed text', shown],
    ['signature, computed', computed],
    ['signature, in the link', given],
  ];
  if (missing.length > 0)
    return {
      state: 'unproven',
      status: 403,
      verdict: `Only NGINX knows ${missing.map((name) => `$${name}`).join(', ')}.`,
      remedy: missing.includes('remote_addr') ? 'Say who asks, with --client.' : 'Ask NGINX itself: curl -I',
      facts,
    };
  if (given !== computed)
    return {
      state: 'mismatch',
      status: 403,
      verdict: 'The signature does not fit the hashed text.',
      remedy: "Compare that with what the site's program hashes, and both with: tallygate keys list",
      facts,
    };
  if (Number(expires) < at.now)
    return {
      state: 'fits',
      status: 410,
      verdict: 'The signature is right, but the time is over.',
      remedy: 'Issue a new link.',
      facts,
    };
  return { state: 'fits', status: 200, verdict: 'The link is good.', facts };
}

/** The text that is hashed. `shown` hides the words of the expression: one of them is the secret. */
function fill(expression: string, known: Readonly<Record<string, string | undefined>>, query: string) {
  const missing: string[] = [];
  let text = '';
  let shown = '';
  for (const [, name, word = ''] of expression.matchAll(/\$\{?(\w+)\}?|([^$]+|\$)/g)) {
    if (name === undefined) {
      text += word;
      shown += word.replace(/[^\s/:;,|]+/g, '***');
      continue;
    }
    const value = name.startsWith('arg_') ? argument(query, name.slice(4)) : known[name];
    if (value === undefined) missing.push(name);
    text += value ?? '';
    shown += value ?? `$${name}`;
  }
  return { text, shown, missing };
}
