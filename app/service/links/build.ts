// From what was asked for to signed links. Times are unix seconds, UTC.

import type { Hs256Key } from '../../keys/ring.ts';
import { type LinkFields, signLink } from '../../link/sign.ts';
import { isFolder, segmentCount } from './path.ts';

/** What a link says besides its path. */
export type LinkTerms = Omit<LinkFields, 'path' | 'prefix'>;

export type SignedLink = { path: string; link: string };

/** The link for `path`; a folder's link covers all below it. */
export function buildLink(key: Hs256Key, origin: string, path: string, terms: LinkTerms): SignedLink {
  const prefix = isFolder(path) ? segmentCount(path) : undefined;
  // Field by field: spreading the terms takes as long as the signature, and a batch has a thousand.
  const { expires, finishBy, notBefore, token, address, rate, filename } = terms;
  const fields = { path, prefix, expires, finishBy, notBefore, token, address, rate, filename };
  return { path, link: signLink(key, fields, origin) };
}
