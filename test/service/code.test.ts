// Codes as people type them.

import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatCode, newCode, readCode } from '../../app/service/codes/code.ts';
import { isRude } from '../../app/service/codes/rude.ts';

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const lengths = fc.integer({ min: 8, max: 26 });

test('13 random characters are 65 bits, and no look-alikes', () => {
  const codes = Array.from({ length: 2000 }, () => newCode());
  expect(new Set(codes).size).toBe(2000);
  expect(codes.every((code) => /^[0-9A-HJKMNP-TV-Z]{14}$/.test(code))).toBe(true);
  // Every character turns up everywhere: nothing of the randomness is fixed.
  for (let i = 0; i < 13; i++) expect(new Set(codes.map((code) => code[i])).size).toBe(32);
  expect(formatCode('ABCDE12345WXYZ')).toBe('ABCDE-12345-WXYZ');
});

test('no card shows a rude word, however it is written; the rest of the randomness stays', () => {
  for (const code of ['7FVCKZ', '0SH1T9', '5H1T', 'XC0CKX', 'K1LL', 'NAZ1', 'PV55Y', '4SS', '5EX', 'ZZD1EZ'])
    expect(isRude(code), code).toBe(true);
  for (const code of ['ABCDE12345WXYZ', 'Q7RM2KX9TB0CWH', '00000000000000'])
    expect(isRude(code), code).toBe(false);
  const codes = Array.from({ length: 5000 }, () => newCode());
  expect(codes.filter(isRude)).toEqual([]);
  // How many are thrown away: 65 bits less 0.03.
  const drawn = Array.from({ length: 50_000 }, () =>
    [...randomBytes(14)].map((byte) => alphabet[byte & 31]).join(''),
  );
  expect(drawn.filter(isRude).length / drawn.length).toBeLessThan(0.02);
});

test('typed with dashes, spaces, in any case, with look-alikes: the same code', () => {
  fc.assert(
    fc.property(lengths, (length) => {
      const code = newCode(length);
      const typed = [
        formatCode(code),
        ` ${code.toLowerCase()} `,
        code.split('').join(' '),
        code.replaceAll('1', 'l').replaceAll('0', 'o'),
        code.replaceAll('1', 'I').replaceAll('0', 'O'),
        formatCode(code).replaceAll('-', '\u2013'),
        formatCode(code).replaceAll('-', '\u2011'),
      ];
      for (const text of typed) expect(readCode(text)).toEqual({ kind: 'code', code });
    }),
  );
});

test('one wrong character, or any two swapped, is always a slip', () => {
  for (let round = 0; round < 20; round++) {
    const code = newCode();
    for (let i = 0; i < code.length; i++) {
      for (const other of alphabet) {
        if (other === code[i]) continue;
        expect(readCode(code.slice(0, i) + other + code.slice(i + 1)).kind).toBe('slip');
      }
      for (let j = i + 1; j < code.length; j++) {
        if (code[i] === code[j]) continue;
        const letters = [...code];
        [letters[i], letters[j]] = [code[j] as string, code[i] as string];
        expect(readCode(letters.join('')).kind).toBe('slip');
      }
    }
  }
});

test('too short is a slip; what no code can be is foreign', () => {
  expect(readCode('').kind).toBe('slip');
  expect(readCode('ABCDE123').kind).toBe('slip');
  // With a character missing, one in 32 passes the check, and is then unknown.
  const short = Array.from({ length: 1000 }, () => readCode(newCode().slice(1)).kind);
  expect(short.filter((kind) => kind === 'slip').length).toBeGreaterThan(900);
  for (const text of [
    "' or 1=1; drop table codes--",
    'A\u0000B',
    '<script>',
    'ÄÖÜ',
    'U'.repeat(14),
    'x'.repeat(10_240),
  ]) {
    expect(readCode(text).kind).toBe('foreign');
  }
});
