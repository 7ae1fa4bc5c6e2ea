// Text of a request as JSON: ASCII only, and of limited length.

/** `value` as a JSON string of ASCII characters, cut after `limit` characters. */
export function quote(value: string, limit: number): string {
  // njs 0.7.9 hands out variables as bytes, later versions as text. This makes text of both, with U+FFFD for what is
  // none.
  const text = Buffer.from(value).toString();
  let out = '"';
  const length = Math.min(text.length, limit);
  for (let i = 0; i < length; i++) {
    const c = text.charCodeAt(i);
    if (c === 34) out += '\\"';
    else if (c === 92) out += '\\\\';
    else if (c >= 32 && c < 127) out += text.charAt(i);
    else out += escaped(c);
  }
  return `${out}"`;
}

/** A character as \uXXXX. njs's own engine hands out whole code points, and those above U+FFFF take two. */
function escaped(c: number): string {
  if (c < 0x10000) return `\\u${(0x10000 + c).toString(16).slice(1)}`;
  const rest = c - 0x10000;
  return escaped(0xd800 + (rest >> 10)) + escaped(0xdc00 + (rest & 0x3ff));
}
