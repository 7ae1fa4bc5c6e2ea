// Token ids: 9 characters of time and 13 of randomness (65 bits), in base 32. They sort by creation, so new rows go to
// few index pages and a list needs no second index. An id is a name, not a secret: the signature opens the file.

import { randomFillSync } from 'node:crypto';

// Crockford's alphabet in lower case, which sorts alike in every collation.
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const timeCharacters = 9;
const randomCharacters = 13;

// One call to the generator serves many ids, because the call costs more than the bytes.
const pool = Buffer.alloc(4096);
let used = pool.length;
let lastTime = -1;
let lastPrefix = '';

/** A new id of 22 characters; `now` is in milliseconds since the epoch. */
export function newTokenId(now: number): string {
  if (now !== lastTime) {
    lastTime = now;
    lastPrefix = encodeTime(now);
  }
  if (used + randomCharacters > pool.length) {
    randomFillSync(pool);
    for (let i = 0; i < pool.length; i++) pool[i] = alphabet.charCodeAt((pool[i] as number) & 31);
    used = 0;
  }
  used += randomCharacters;
  // Made in one piece: V8 keeps joined characters as a tree, and each reader of the id would have to flatten it.
  return lastPrefix + pool.toString('latin1', used - randomCharacters, used);
}

function encodeTime(milliseconds: number): string {
  let text = '';
  let rest = milliseconds;
  for (let i = 0; i < timeCharacters; i++) {
    text = alphabet[rest % 32] + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}
