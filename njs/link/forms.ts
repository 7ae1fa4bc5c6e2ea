// The form that each argument of a link must have.

/** Whether `text` is 1 to `max` decimal digits. */
export function isDigits(text: string, max: number): boolean {
  return text.length <= max && /^[0-9]+$/.test(text);
}

/** Whether `text` is a key id. */
export function isKeyId(text: string): boolean {
  return /^[a-z0-9-]{1,16}$/.test(text);
}

/** Whether `text` is a token id. */
export function isTokenId(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,32}$/.test(text);
}

/**
 * Whether `text` is 16 bytes as unpadded base64url in the one canonical spelling: 22 characters, and the last four
 * bits, which stand for nothing, are zero. (NGINX's secure_link ignores these bits, so 16 spellings would pass.)
 */
export function isSignature(text: string): boolean {
  return /^[A-Za-z0-9_-]{21}[AQgw]$/.test(text);
}

/**
 * Whether `name`, decoded, can be a file name in a header: 1 to 255 characters, no control character (C0, DEL, C1),
 * and nothing that was not UTF-8.
 */
export function isFileName(name: string): boolean {
  return name.length >= 1 && name.length <= 255 && !holdsControl(name) && isText(name);
}

/**
 * Whether `text` holds no U+FFFD. Newer njs puts it in place of bytes that are not UTF-8, and two different paths
 * would then have the same signature.
 */
export function isText(text: string): boolean {
  return text.indexOf('\uFFFD') < 0;
}

/** A loop, because in njs 0.7.9 no regular expression means the same for text and for bytes. */
function holdsControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c < 32 || (c >= 127 && c < 160)) return true;
  }
  return false;
}
