// Token ids: 9 characters of time and 13 of randomness (65 bits), in base 32. They sort by creation, so that
// new rows fall on few index pages and a list needs no second index. An id is a name, not a secret: what
// opens a file is the signature.

import { randomFillSync } from 'node:crypto';

// Crockford's alphabet in lower case: the same order in every collation.
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const timeCharacters = 9;
const randomCharacters = 13;

// One call to the generator serves many ids: the call costs more than the bytes.
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
  // In one piece: characters joined one by one are joined again by whoever reads the id.
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
