// What stands in every record as bytes: the text between its fields in their fixed order, and what a field may hold.

const ascii = (text: string) => Buffer.from(text, 'latin1');

/** Text that stands between fields, four bytes at a time. */
export type Literal = { words: Int32Array; rest: Uint8Array; length: number };
function literal(text: string): Literal {
  const bytes = ascii(text);
  const words = Int32Array.from({ length: bytes.length >> 2 }, (_, i) => bytes.readInt32LE(4 * i));
  return { words, rest: Uint8Array.from(bytes.subarray(4 * words.length)), length: bytes.length };
}

export const opening = literal('{"v":1,"edge":"');
export const beforeId = literal('","id":"');
export const beforeAt = literal('","at":');
export const beforeHost = literal(',"host":"');
export const beforeStatus = literal('","status":20');
export const beforeSent = literal(',"sent":');
export const beforeFrom = literal(',"from":');
export const beforeSize = literal(',"size":');
export const beforeMs = literal(',"ms":');
export const beforeToken = literal(',"token":"');
export const beforeKey = literal('","key":"');
export const beforeVisitor = literal('","visitor":"');
export const beforeAgent = literal('","agent":"');

export const isHex = new Uint8Array(256);
for (const code of ascii('0123456789abcdef')) isHex[code] = 1;
export const isToken = new Uint8Array(256);
for (const code of ascii('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'))
  isToken[code] = 1;
export const isKey = new Uint8Array(256);
for (const code of ascii('abcdefghijklmnopqrstuvwxyz0123456789-')) isKey[code] = 1;
