// The response headers that a link asks for.

import type { LinkArguments } from '../link/arguments.ts';
import { encodePath, folderCookie } from '../link/build.ts';
import { coveredPrefix } from '../link/covered.ts';

/** Browsers ignore a cookie's attribute of more bytes (RFC 6265bis). */
const longestAttribute = 1024;

/** Content-Disposition for a file name (RFC 6266): in ASCII for old clients, then as it is for all others. */
export function disposition(name: string): string {
  let ascii = '';
  for (let i = 0; i < name.length; i++) {
    const c = name.charCodeAt(i);
    // The second half of a character. QuickJS has two code units for one, njs's own engine has one.
    if (c >= 0xdc00 && c <= 0xdfff) continue;
    // A quote, a backslash, a percent sign or a slash would be read as something else: replaced too.
    ascii += c >= 32 && c < 127 && '"\\%/'.indexOf(name.charAt(i)) < 0 ? name.charAt(i) : '_';
  }
  // encodeURIComponent leaves some characters alone that RFC 8187 does not allow.
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

/**
 * Set-Cookie for a folder link that came in the query, so that the relative addresses of a playlist work.
 * @param prefix the folder, decoded, with its final '/'
 * @param now unix seconds
 */
export function setCookie(v: NginxVariables, link: LinkArguments, prefix: string, now: number): string {
  const path = asSent(v.request_uri || '', prefix);
  // Only so may pages of another site send it, and only with HTTPS.
  if (v.tallygate_cookie_site === 'cross')
    return folderCookie(link, path, now, 'SameSite=None; Secure; Partitioned');
  return folderCookie(link, path, now, v.scheme === 'https' ? 'SameSite=Lax; Secure' : 'SameSite=Lax');
}

/**
 * The folder as the client wrote it. Browsers compare a cookie's Path with the address letter by letter, and each
 * signer encodes in its own way. If it cannot be found in the address (//, dot segments), as we would write it.
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

/**
 * A semicolon would end the attribute, and a long one is ignored. Then the folder above is the Path: the cookie is sent
 * to more addresses, but opens no more of them.
 */
function asAttribute(path: string): string {
  const semicolon = path.indexOf(';');
  const end = Math.min(semicolon < 0 ? path.length : semicolon, longestAttribute);
  return end === path.length ? path : path.slice(0, path.lastIndexOf('/', end - 1) + 1);
}
