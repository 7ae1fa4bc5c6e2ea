// The response headers that a link asks for.

import type { LinkArguments } from '../link/arguments.ts';
import { encodePath, folderCookie } from '../link/build.ts';
import { coveredPrefix } from '../link/covered.ts';

/** Bytes of a cookie's attribute that browsers read (RFC 6265bis). */
const longestAttribute = 1024;

/** Content-Disposition for a file name (RFC 6266): in ASCII for old clients, and as it is for all others. */
export function disposition(name: string): string {
  let ascii = '';
  for (let i = 0; i < name.length; i++) {
    const c = name.charCodeAt(i);
    // The second half of a character: QuickJS counts UTF-16, njs's own engine counts characters.
    if (c >= 0xdc00 && c <= 0xdfff) continue;
    // What a quoted string or a percent-decoding client would read as something else is left out too.
    ascii += c >= 32 && c < 127 && '"\\%/'.indexOf(name.charAt(i)) < 0 ? name.charAt(i) : '_';
  }
  // RFC 8187 allows fewer characters than encodeURIComponent leaves alone.
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

/**
 * Set-Cookie for a folder link that came in the query, so that a player finds a playlist's relative addresses.
 * @param prefix the folder, decoded, with its final '/'
 * @param now unix seconds
 */
export function setCookie(v: NginxVariables, link: LinkArguments, prefix: string, now: number): string {
  const path = asSent(v.request_uri || '', prefix);
  // Another site's page may send it only so, and browsers then want HTTPS.
  if (v.tallygate_cookie_site === 'cross')
    return folderCookie(link, path, now, 'SameSite=None; Secure; Partitioned');
  return folderCookie(link, path, now, v.scheme === 'https' ? 'SameSite=Lax; Secure' : 'SameSite=Lax');
}

/**
 * The folder as the client wrote it: browsers compare a cookie's Path with the address letter by letter, and each signer
 * encodes in its own way. Where it cannot be told (//, dot segments), as we would write it.
 */
function asSent(requestUri: string, prefix: string): string {
  const path = requestUri.split('?')[0] as string;
  const written = coveredPrefix(path, prefix.split('/').length - 2);
  try {
    if (written !== '' && decodeURIComponent(written) === prefix) return asAttribute(written);
  } catch (_) {
    // Not UTF-8.
  }
  return asAttribute(encodePath(prefix));
}

/** A semicolon would end the attribute, a long one is ignored: the folder above is wide enough, the signature is not. */
function asAttribute(path: string): string {
  const semicolon = path.indexOf(';');
  const end = Math.min(semicolon < 0 ? path.length : semicolon, longestAttribute);
  return end === path.length ? path : path.slice(0, path.lastIndexOf('/', end - 1) + 1);
}
