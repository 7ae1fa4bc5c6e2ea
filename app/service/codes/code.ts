// Codes as people type them. Pure. The alphabet is Crockford's: it has no I, L, O or U. A typed I or L is read as 1,
// and O as 0. The last character checks the others: a typing mistake is seen at once and does not count as an attempt.

import { randomBytes } from 'node:crypto';
import { isRude } from './rude.ts';

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Characters of randomness, 5 bits each: 13 are 65 bits. With fewer than 13, the limit on attempts is what protects them. */
export const codeLengths = { min: 8, max: 26, default: 13 } as const;

/** Whether a code is too short to be safe from guessing by itself. */
export const isShort = (code: string) => randomLength(code) < codeLengths.default;

/** How many random characters a code has: all but the check character. */
export const randomLength = (code: string) => code.length - 1;

/** A new code: `length` random characters and the check character, without dashes, and without a rude word. */
export function newCode(length: number = codeLengths.default): string {
  let code = randomCode(length);
  while (isRude(code)) code = randomCode(length);
  return code;
}

function randomCode(length: number): string {
  // 256 is a multiple of 32: every character is equally likely.
  const values = [...randomBytes(length)].map((byte) => byte & 31);
  return values.map((value) => alphabet[value]).join('') + alphabet[checkValue(values)];
}

/** A code in groups, as printed: XXXXX-XXXXX-XXXX. */
export function formatCode(code: string): string {
  return code.match(/.{1,5}/g)?.join('-') ?? code;
}

export type TypedCode = { kind: 'code'; code: string } | { kind: 'slip' } | { kind: 'foreign' };

/**
 * Reads what was typed, in capital or small letters, with or without dashes and spaces. It is a code; or a slip: a
 * character is wrong, missing or swapped; or foreign: it has characters that no code has, or is far too long.
 */
export function readCode(typed: string): TypedCode {
  if (typed.length > 100) return { kind: 'foreign' };
  const text = typed
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s\u2010-\u2015-]/g, '')
    .replace(/[IL]/g, '1')
    .replace(/O/g, '0');
  const values = [...text].map((character) => alphabet.indexOf(character));
  if (values.includes(-1)) return { kind: 'foreign' };
  if (values.length < codeLengths.min + 1 || values.length > codeLengths.max + 1) return { kind: 'slip' };
  const check = values.pop();
  return check === checkValue(values) ? { kind: 'code', code: text } : { kind: 'slip' };
}

/**
 * The sum of c[i]·x^(i+1) in GF(32), modulo x^5+x^2+1. The powers of x are 31 different weights. So one wrong
 * character always changes the sum, and so does swapping two. The usual sum modulo 32 misses half of the swaps.
 */
function checkValue(values: readonly number[]): number {
  let sum = 0;
  for (let i = values.length - 1; i >= 0; i--) sum = timesX(sum ^ (values[i] as number));
  return sum;
}

function timesX(value: number): number {
  return value & 16 ? ((value << 1) & 31) ^ 0b00101 : value << 1;
}
