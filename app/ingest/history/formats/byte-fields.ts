// Where fields end in the bytes of a line, for byte-reader.ts.

import type { ByteStep } from './byte-layout.ts';

const [quote, blank, backslash, zero, nine] = [0x22, 0x20, 0x5c, 0x30, 0x39];
const [comma, colon, letterA, letterF] = [0x2c, 0x3a, 0x61, 0x66];

/** Where a field ends; -1 where only the scanner can tell. */
export function fieldEnd(
  buffer: Buffer,
  start: number,
  end: number,
  { kind, stop, quoted }: ByteStep,
): number {
  let pos = start;
  for (; pos < end; pos += 1) {
    const code = buffer[pos] as number;
    if (code === stop || code === 0) break;
    if (stop < 0 && code === blank) return -1;
  }
  if (pos === end ? stop >= 0 : buffer[pos] !== stop) return -1;
  if (quoted) return pos > start && buffer[pos - 1] === backslash ? -1 : pos;
  const first = buffer[start] as number;
  // More blanks than the layout has, or quotes where it has none. Of an empty field the end is a guess.
  if (pos === start || first === quote || first === blank) return -1;
  if (stop === blank && (kind === 'forwarded' || kind === 'other') && isInList(buffer, pos)) return -1;
  return pos;
}

/** Whether this blank may be inside a list of addresses. */
function isInList(buffer: Buffer, pos: number): boolean {
  const before = buffer[pos - 1];
  return before === comma || before === colon || buffer[pos + 1] === colon;
}

export function holds(buffer: Buffer, at: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i += 1) if (buffer[at + i] !== text[i]) return false;
  return true;
}

/** 32 hexadecimal digits in lower case, as NGINX's $request_id has them. */
export function isId(buffer: Buffer, start: number, end: number): boolean {
  if (end - start !== 32) return false;
  for (let i = start; i < end; i += 1) {
    const code = buffer[i] as number;
    if (!((code >= zero && code <= nine) || (code >= letterA && code <= letterF))) return false;
  }
  return true;
}
