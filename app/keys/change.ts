// Every change of the key rings. Pure functions from the present rings to the next ones: the caller reads and writes
// the file.

import { randomInt } from 'node:crypto';
import { isKeyId } from '../../njs/link/forms.ts';
import { UserError } from '../user-error.ts';
import {
  type Hs256Key,
  isRingName,
  type KeyRing,
  type KeyRings,
  requireRing,
  ringLabel,
  type SecureLinkKey,
} from './ring.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Words that NGINX's map takes for its own. A line of the key file may begin with an id: no id may be one of these. */
const mapWords = ['default', 'include', 'volatile', 'hostnames'];

/** A new key with a random secret of 43 letters and digits (256 bits). */
export function newKey(id: string, now: Date): Hs256Key {
  requireKeyId(id);
  const secret = Array.from({ length: 43 }, () => alphabet[randomInt(alphabet.length)]).join('');
  return { kind: 'hs256', id, secret, since: now.toISOString().slice(0, 10) };
}

/** A ring of one key. */
export function newRing(key: Hs256Key, name = ''): KeyRing {
  requireRingName(name);
  return { name, current: key, keys: [key] };
}

function requireKeyId(id: string): void {
  if (!isKeyId(id))
    throw new UserError(`${id} cannot be a key id`, 'Use 1 to 16 of a to z, 0 to 9 and dash.');
}

function requireRingName(name: string): void {
  if (name !== '' && !isRingName(name))
    throw new UserError(`${name} cannot be a ring's name`, 'Use 1 to 16 of a to z, 0 to 9 and dash.');
}

/**
 * Adds a new key to the ring `name`: its links are accepted, and new ones are still signed with the current key. A ring that
 * is not there is made; its first key is its current one.
 * @param id what links call it. By default the next number (a1, a2, ...), or the next letter for a new ring (b1, c1, ...)
 */
export function accept(rings: KeyRings, name: string, id: string | undefined, now: Date): KeyRings {
  const ring = rings.find((one) => one.name === name);
  const key = newKey(id ?? (ring ? nextId(rings, ring) : firstId(rings)), now);
  requireFree(rings, key.id);
  if (!ring) return [...rings, newRing(key, name)];
  return replace(rings, { ...ring, keys: [...ring.keys, key] });
}

/** The key that new links are to be signed with as soon as every edge accepts it: the newest behind the current one. */
export function nextKey(ring: KeyRing): Hs256Key | undefined {
  const newer = ring.keys.slice(ring.keys.indexOf(ring.current) + 1);
  return newer.findLast((key) => key.kind === 'hs256');
}

/** Signs new links of the ring with its next key. Every other key stays valid. */
export function promote(rings: KeyRings, name: string): KeyRings {
  const ring = requireRing(rings, name);
  return replace(rings, { ...ring, current: nextKey(ring) ?? ring.current });
}

/** The rings without the key `id`: its links end. */
export function retire(rings: KeyRings, id: string): KeyRings {
  const ring = rings.find(({ keys }) => keys.some((key) => key.id === id));
  if (!ring)
    throw new UserError(
      `there is no key ${id}`,
      `The keys are: ${rings.flatMap(({ keys }) => keys.map((key) => key.id)).join(', ')}.`,
    );
  if (id === ring.current.id)
    throw new UserError(
      ring.name === '' ? `${id} is the current key` : `${id} is the current key of ${ringLabel(ring.name)}`,
      `Make a new one first (tallygate keys rotate${ring.name && ` --ring ${ring.name}`}), and retire this one when its links have ended.`,
    );
  return replace(rings, { ...ring, keys: ring.keys.filter((key) => key.id !== id) });
}

/** The rings without one of them: the links of all its keys end. */
export function retireRing(rings: KeyRings, name: string): KeyRings {
  const ring = requireRing(rings, name);
  if (rings.length === 1)
    throw new UserError(
      `${ringLabel(name)} is all that the key file has`,
      'NGINX needs one key at least: tallygate keys generate --force makes another, and ends every link.',
    );
  return rings.filter((one) => one !== ring);
}

/**
 * Adds the key of a site that used NGINX's secure_link before to the ring `name`: its links go on working.
 * @throws UserError where NGINX could not tell its links from another key's, or would hash no secret
 */
export function adopt(rings: KeyRings, name: string, key: SecureLinkKey): KeyRings {
  const ring = requireRing(rings, name);
  requireKeyId(key.id);
  if (mapWords.includes(key.id))
    throw new UserError(
      `${key.id} cannot be the id of such a key: it is a word of NGINX's own`,
      'Choose another.',
    );
  requireFree(rings, key.id);
  for (const name of [key.signatureArg, key.expiresArg])
    if (!/^[A-Za-z0-9_]{1,32}$/.test(name))
      throw new UserError(
        `${name} cannot be an argument's name here`,
        'Use the one behind $arg_ in secure_link.',
      );
  if (key.signatureArg.toLowerCase() === key.expiresArg.toLowerCase())
    throw new UserError(
      'signature and expiry have the same argument',
      'secure_link $arg_a,$arg_b names both: the signature first, then the expiry.',
    );
  const same = ring.keys.find(
    (other) =>
      other.kind === 'secure_link' && other.signatureArg.toLowerCase() === key.signatureArg.toLowerCase(),
  );
  if (same)
    throw new UserError(
      `links of the key ${same.id} carry their signature in ${key.signatureArg} too`,
      'NGINX could not tell the two apart: only one key of a ring may use an argument name.',
    );
  requireExpression(key.expression);
  return replace(rings, { ...ring, keys: [...ring.keys, key] });
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
      'Without one anyone could sign. Write it as: $secure_link_expires$uri secret',
    );
}

function requireFree(rings: KeyRings, id: string): void {
  const ring = rings.find(({ keys }) => keys.some((key) => key.id === id));
  if (!ring) return;
  throw new UserError(
    ring.name === ''
      ? `there is a key ${id} already`
      : `there is a key ${id} already, in ${ringLabel(ring.name)}`,
    'Choose another id with --id.',
  );
}

function replace(rings: KeyRings, ring: KeyRing): KeyRings {
  return rings.map((one) => (one.name === ring.name ? ring : one));
}

/** The ring's current id with the next number that no ring uses. */
function nextId(rings: KeyRings, ring: KeyRing): string {
  const stem = ring.current.id.replace(/\d+$/, '');
  const numbers = rings
    .flatMap(({ keys }) => keys)
    .map(({ id }) => (id.startsWith(stem) ? Number(id.slice(stem.length) || 0) : 0));
  return `${stem}${Math.max(0, ...numbers.filter(Number.isSafeInteger)) + 1}`;
}

/** a1, or b1, c1, ...: the first letter that no id begins with. */
function firstId(rings: KeyRings): string {
  const ids = rings.flatMap(({ keys }) => keys.map(({ id }) => id));
  const letter = [...'abcdefghijklmnopqrstuvwxyz'].find((one) => !ids.some((id) => id.startsWith(one)));
  if (letter) return `${letter}1`;
  throw new UserError('no letter is left that a key id could begin with', 'Choose an id with --id.');
}
