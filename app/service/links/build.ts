// From what was asked for to signed links. Times are unix seconds, UTC; only `now` is in milliseconds.

import type { Hs256Key } from '../../keys/ring.ts';
import { type IssuedLink, issueLink, type LinkFields, type LinkForm } from '../../link/sign.ts';
import { isFolder, segmentCount } from './path.ts';

/** What a link says besides its path, and in which form (`query` unless given). */
export type LinkTerms = Omit<LinkFields, 'path'> & { form?: LinkForm | undefined };

export type SignedLink = { path: string } & IssuedLink;

/** The link for `path`. A folder's link covers all below the folder, unless the terms say otherwise. */
export function buildLink(
  key: Hs256Key,
  origin: string,
  path: string,
  terms: LinkTerms,
  now: number,
): SignedLink {
  // Field by field, because spreading the terms takes as long as the signature, and a batch has a thousand links.
  const { expires, finishBy, notBefore, token, address, rate, filename, form = 'query' } = terms;
  const prefix = terms.prefix ?? (isFolder(path) ? segmentCount(path) : undefined);
  const fields = { path, prefix, expires, finishBy, notBefore, token, address, rate, filename };
  const { link, cookie } = issueLink(key, fields, origin, form, Math.floor(now / 1000));
  return cookie === undefined ? { path, link } : { path, link, cookie };
}
