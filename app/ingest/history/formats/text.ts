// The text of a field: what its writer escaped, undone. Latin-1 of its bytes in and out.

import type { Escape } from './format.ts';

/** Undoes what a server writes for bytes it will not print. */
export function unescaped(text: string, escaping: Escape): string {
  if (escaping === 'backslash') return text.includes('\\') ? withoutBackslashes(text) : text;
  if (escaping === 'percent') return text.includes('%') ? withoutPercents(text) : text;
  return escaping === 'plus' ? text.replaceAll('+', ' ') : text;
}

const letters: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', v: '\v', f: '\f' };

/** NGINX writes \xHH; Apache \", \\, \xhh and C's letters; JSON as text \u00HH. */
function withoutBackslashes(text: string): string {
  return text.replace(
    /\\(?:x([0-9A-Fa-f]{2})|u00([0-9A-Fa-f]{2})|(.))/g,
    (_, x?: string, u?: string, plain?: string) => {
      const hex = x ?? u;
      return hex === undefined
        ? (letters[plain ?? ''] ?? plain ?? '')
        : String.fromCharCode(Number.parseInt(hex, 16));
    },
  );
}

function withoutPercents(text: string): string {
  // CloudFront writes a % that was there as %25: undone once for itself, and once for what it stood before.
  const once = (piece: string) =>
    piece.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return once(text.replace(/%25(?=[0-9A-Fa-f]{2})/g, '%'));
}

/** A piece of a line as a text of its own: what is kept must not keep the whole line with it. */
export function copied(latin: string): string {
  return Buffer.from(latin, 'latin1').toString('latin1');
}

/** Bytes as text that PostgreSQL can hold, cut as a record's texts are. */
export function readable(latin: string): string {
  return Buffer.from(latin, 'latin1')
    .toString('utf8')
    .replaceAll('\0', '\ufffd')
    .slice(0, 512)
    .replace(/\p{Surrogate}/gu, '\ufffd');
}

/** Text as Latin-1 of its bytes, as lines are read. */
export function bytesOf(text: string): string {
  return /^[\0-\x7f]*$/.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}
