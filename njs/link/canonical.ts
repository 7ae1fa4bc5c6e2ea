// The string that a link's signature covers. One source for NGINX and for the service, so it is pure: no I/O, no clock.

/** What a link of an `hs256` key signs. Every value is text as in the link, decoded; '' if it is absent. */
export type SignedFields = {
  /** key id, `[a-z0-9-]{1,16}` */
  k: string;
  /** start by: unix seconds, digits */
  e: string;
  /** finish by: unix seconds, digits */
  f: string;
  /** not before: unix seconds, digits */
  b: string;
  /** token id, `[A-Za-z0-9_-]{1,32}` */
  t: string;
  /** the client's address in its bound form (see `addressBinding`), not the `1` of the URL */
  i: string;
  /** bytes per second, digits */
  r: string;
  /** file name, decoded; control characters are refused before this point */
  n: string;
  /** number of leading path segments the signature covers, digits */
  p: string;
  /** decoded and normalised as NGINX's $uri; with `p`, the covered prefix and a final '/' */
  path: string;
};

/**
 * The canonical string, version 1: lines ended by LF, the path last. No two links can have the same one: only `n` and
 * the path hold foreign text, an LF in `n` is refused as a control character, and nothing follows the path.
 */
export function canonicalString(s: SignedFields): string {
  return `tallygate-link-v1\nk=${s.k}\ne=${s.e}\nf=${s.f}\nb=${s.b}\nt=${s.t}\ni=${s.i}\nr=${s.r}\nn=${s.n}\np=${s.p}\n${s.path}\n`;
}
