// The form each argument of a link must have.

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
 * Whether `text` is 16 bytes as unpadded base64url in its one canonical spelling: 22 characters, the four
 * bits that the last one has to spare all zero (NGINX's secure_link ignores them: 16 spellings would pass).
 */
export function isSignature(text: string): boolean {
  return /^[A-Za-z0-9_-]{21}[AQgw]$/.test(text);
}

/**
 * Whether `name`, decoded, can be a file name in a header: 1 to 255 characters, no control characters (C0,
 * DEL, C1), and nothing that was not UTF-8.
 */
export function isFileName(name: string): boolean {
  return name.length >= 1 && name.length <= 255 && !holdsControl(name) && isText(name);
}

/**
 * Whether `text` holds no U+FFFD: newer njs puts it in place of bytes that are not UTF-8, so two different
 * paths would look the same to the signature.
 */
export function isText(text: string): boolean {
  return text.indexOf('\uFFFD') < 0;
}

/** A loop: njs 0.7.9 has no regular expression that means the same for text and for bytes. */
function holdsControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c < 32 || (c >= 127 && c < 160)) return true;
  }
  return false;
}
