// The visitor hash: 64 bits, 11 characters of base64url in a record, two 32-bit halves in memory.

const values = new Int8Array(128).fill(-1);
for (const [value, letter] of [
  ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
].entries()) {
  values[letter.charCodeAt(0)] = value;
}

/** The value of a base64url character, -1 for any other byte. */
export function sextet(code: number): number {
  return code < 128 ? (values[code] as number) : -1;
}

/** The halves of a visitor hash in its 11 characters, as signed 32-bit integers. The text must be valid. */
export function visitorHalves(text: string): [hi: number, lo: number] {
  const at = (index: number) => sextet(text.charCodeAt(index));
  const hi = (at(0) << 26) | (at(1) << 20) | (at(2) << 14) | (at(3) << 8) | (at(4) << 2) | (at(5) >> 4);
  const lo = (at(5) << 28) | (at(6) << 22) | (at(7) << 16) | (at(8) << 10) | (at(9) << 4) | (at(10) >> 2);
  return [hi, lo];
}
