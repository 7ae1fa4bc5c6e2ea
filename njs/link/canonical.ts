// The string a link's signature covers: one source for NGINX and for the service. Pure: no I/O, no clock.

/** What an `hs256` link signs. Every value is the text as it stands in the link, decoded; absent is ''. */
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
 * The canonical string, version 1: lines ended by LF, the path last, so that no field can move into another.
 * Only `n` and the path can hold foreign text: `n` never holds an LF (refused as a control character), and
 * nothing follows the path.
 */
export function canonicalString(s: SignedFields): string {
  return `tallygate-link-v1\nk=${s.k}\ne=${s.e}\nf=${s.f}\nb=${s.b}\nt=${s.t}\ni=${s.i}\nr=${s.r}\nn=${s.n}\np=${s.p}\n${s.path}\n`;
}
