// A film that NGINX's mp4 or flv module has cut (`?start=`, `?end=`). The gate refuses that; count.conf lets it
// through.

import { fileOnDisk } from '../file-on-disk.ts';

/**
 * Size and entity tag of the whole film; undefined if nothing was cut. Each cut has a size and a tag of its own, so a
 * visitor who seeks would seem to fetch one version after the other.
 */
export function wholeFilm(v: NginxVariables): { etag: string; size: number } | undefined {
  // An origin's answer is what the origin says it is.
  if ((!v.arg_start && !v.arg_end) || v.upstream_addr) return undefined;
  const film = fileOnDisk(v);
  if (film === undefined || film.size === Number(v.tallygate_size)) return undefined;
  return { etag: v.sent_http_etag ? film.etag : '', size: film.size };
}
