// The form each argument of a link must have. Loops over characters rather than regular expressions: in
// NGINX this runs for every request, and a regexp test costs njs as much as the HMAC does.

/** Whether `text` is `min` to `max` decimal digits. */
export function isDigits(text: string, min: number, max: number): boolean {
  if (text.length < min || text.length > max) return false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c < 48 || c > 57) return false;
  }
  return true;
}

/** Whether `text` is a key id: `[a-z0-9-]{1,16}`. */
export function isKeyId(text: string): boolean {
  if (text.length < 1 || text.length > 16) return false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (!((c >= 97 && c <= 122) || (c >= 48 && c <= 57) || c === 45)) return false;
  }
  return true;
}

/** Whether `text` is a token id: `[A-Za-z0-9_-]{1,32}`. */
export function isTokenId(text: string): boolean {
  return text.length >= 1 && text.length <= 32 && isBase64url(text);
}

/**
 * Whether `text` is 16 bytes as unpadded base64url in its one canonical spelling: 22 characters, the four
 * bits that the last one has to spare all zero (NGINX's secure_link ignores them: 16 spellings would pass).
 */
export function isSignature(text: string): boolean {
  return text.length === 22 && isBase64url(text) && 'AQgw'.indexOf(text.charAt(21)) >= 0;
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

function isBase64url(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    const letter = (c >= 97 && c <= 122) || (c >= 65 && c <= 90);
    if (!letter && !(c >= 48 && c <= 57) && c !== 45 && c !== 95) return false;
  }
  return true;
}

function holdsControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c < 32 || (c >= 127 && c < 160)) return true;
  }
  return false;
}
