// Writes a link's arguments, the reverse of arguments.ts.

import type { SignedFields } from './canonical.ts';

/** The query string of a link: fields in their fixed order, the signature last. */
export function buildQuery(signed: SignedFields, signature: string): string {
  let query = `e=${signed.e}`;
  if (signed.f !== '') query += `&f=${signed.f}`;
  if (signed.b !== '') query += `&b=${signed.b}`;
  query += `&k=${signed.k}`;
  if (signed.t !== '') query += `&t=${signed.t}`;
  if (signed.p !== '') query += `&p=${signed.p}`;
  if (signed.i !== '') query += '&i=1';
  if (signed.r !== '') query += `&r=${signed.r}`;
  if (signed.n !== '') query += `&n=${encodeURIComponent(signed.n)}`;
  return `${query}&s=${signature}`;
}

/** The same as path segments or as a cookie's value. They hold no file name. */
export function buildSegments(link: Omit<SignedFields, 'n' | 'path'>, signature: string): string {
  let fields = link.e;
  if (link.f !== '') fields += `.f${link.f}`;
  if (link.b !== '') fields += `.b${link.b}`;
  if (link.p !== '') fields += `.p${link.p}`;
  if (link.i !== '') fields += '.i1';
  if (link.r !== '') fields += `.r${link.r}`;
  return `${signature}/${fields}/${link.k}/${link.t === '' ? '-' : link.t}`;
}

/**
 * Set-Cookie that carries a folder link to the addresses below the folder, so that the relative addresses of a playlist
 * work in a player that knows nothing of links. It is for that folder only, and ends with the link.
 * @param path the folder as it stands in the addresses below it, with its final '/': browsers compare letter by letter
 * @param now unix seconds
 * @param site the attributes that say which pages may send it: `SameSite=Lax; Secure`
 */
export function folderCookie(
  link: Omit<SignedFields, 'n' | 'path'> & { s: string },
  path: string,
  now: number,
  site: string,
): string {
  const until = Number(link.f === '' ? link.e : link.f);
  return `tallygate=${buildSegments(link, link.s)}; Path=${path}; Max-Age=${Math.max(until - now, 1)}; HttpOnly; ${site}`;
}

/** A decoded path as it stands in a URL. */
export function encodePath(path: string): string {
  // Most paths need no encoding, and this test is a tenth of the work.
  if (/^[A-Za-z0-9/._~-]*$/.test(path)) return path;
  return path.split('/').map(encodeURIComponent).join('/');
}
