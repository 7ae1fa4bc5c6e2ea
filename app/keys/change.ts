// What can be done to a key ring: pure, from one ring to the next. Reading and writing the file is the caller's.

import { randomInt } from 'node:crypto';
import { isKeyId } from '../../njs/link/forms.ts';
import { UserError } from '../user-error.ts';
import type { Hs256Key, KeyRing } from './ring.ts';

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
