// What can be done to a key ring: pure, from one ring to the next. Reading and writing the file is the caller's.

import { randomInt } from 'node:crypto';
import { isKeyId } from '../../njs/link/forms.ts';
import { UserError } from '../user-error.ts';
import type { Hs256Key, KeyRing, SecureLinkKey } from './ring.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** A new key with a random secret of 43 letters and digits (256 bits). */
export function newKey(id: string, now: Date): Hs256Key {
  requireKeyId(id);
  const secret = Array.from({ length: 43 }, () => alphabet[randomInt(alphabet.length)]).join('');
  return { kind: 'hs256', id, secret, since: now.toISOString().slice(0, 10) };
}

/** A ring of one key. */
export function newRing(key: Hs256Key): KeyRing {
  return { current: key, keys: [key] };
}

export function requireKeyId(id: string): void {
  if (!isKeyId(id))
    throw new UserError(`${id} cannot be a key id`, 'Use 1 to 16 of a to z, 0 to 9 and dash.');
}

/**
 * A new current key; every other stays valid.
 * @param id what links call it; the next in line when undefined (a1, a2, ...)
 */
export function rotate(ring: KeyRing, id: string | undefined, now: Date): KeyRing {
  const key = newKey(id ?? nextId(ring), now);
  requireFree(ring, key.id);
  return { current: key, keys: [...ring.keys, key] };
}

/** Without the key `id`: its links end. */
export function retire(ring: KeyRing, id: string): KeyRing {
  if (!ring.keys.some((key) => key.id === id))
    throw new UserError(
      `there is no key ${id}`,
      `The keys are: ${ring.keys.map((key) => key.id).join(', ')}.`,
    );
  if (id === ring.current.id)
    throw new UserError(
      `${id} is the current key`,
      'Make a new one first (tallygate keys rotate), and retire this one when its links have ended.',
    );
  return { current: ring.current, keys: ring.keys.filter((key) => key.id !== id) };
}

/**
 * With a key of a site that used NGINX's secure_link before: its links go on working.
 * @throws UserError where NGINX could not tell its links from another key's, or would hash no secret
 */
export function adopt(ring: KeyRing, key: SecureLinkKey): KeyRing {
  requireKeyId(key.id);
  requireFree(ring, key.id);
  for (const name of [key.signatureArg, key.expiresArg])
    if (!/^[A-Za-z0-9_]{1,32}$/.test(name))
      throw new UserError(
        `${name} cannot be an argument's name here`,
        'Use the one behind $arg_ in secure_link.',
      );
  if (key.signatureArg.toLowerCase() === key.expiresArg.toLowerCase())
    throw new UserError(
      'signature and expiry have the same argument',
      'They are the two of secure_link $arg_a,$arg_b.',
    );
  const same = ring.keys.find(
    (other) =>
      other.kind === 'secure_link' && other.signatureArg.toLowerCase() === key.signatureArg.toLowerCase(),
  );
  if (same)
    throw new UserError(
      `links of the key ${same.id} carry their signature in ${key.signatureArg} too`,
      'NGINX could not tell the two apart: only one key may use an argument name.',
    );
  requireExpression(key.expression);
  return { current: ring.current, keys: [...ring.keys, key] };
}

function requireExpression(expression: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that are refused
  if (/[\x00-\x1f\x7f]/.test(expression))
    throw new UserError(
      'the expression holds a control character',
      'Take it from secure_link_md5 as it stands there.',
    );
  const variables: string[] = expression.match(/\$(\{\w+\}|\w+)/g) ?? [];
  const names = variables.map((variable) => variable.replace(/[${}]/g, ''));
  if (!names.includes('secure_link_expires') || !names.includes('uri'))
    throw new UserError(
      'the expression does not cover both expiry and path, so a link could be changed and still be good',
      'It needs $secure_link_expires and $uri, such as: $secure_link_expires$uri secret',
    );
  const constant = variables
    .reduce((rest, variable) => rest.replace(variable, ''), expression)
    .replace(/\s/g, '');
  if (constant.length < 4)
    throw new UserError(
      'the expression holds no secret',
      'Anyone could sign: $secure_link_expires$uri secret',
    );
}

function requireFree(ring: KeyRing, id: string): void {
  if (ring.keys.some((key) => key.id === id))
    throw new UserError(`there is a key ${id} already`, 'Choose another id with --id.');
}

/** The current id with its number one higher, past every number in use. */
function nextId(ring: KeyRing): string {
  const stem = ring.current.id.replace(/\d+$/, '');
  const numbers = ring.keys.map(({ id }) => (id.startsWith(stem) ? Number(id.slice(stem.length) || 0) : 0));
  return `${stem}${Math.max(0, ...numbers.filter(Number.isSafeInteger)) + 1}`;
}
