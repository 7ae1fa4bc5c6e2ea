// A film that NGINX's mp4 or flv module has cut (`?start=`, `?end=`), in a location that is counted and has no gate.

import { fileOnDisk } from '../file-on-disk.ts';

/**
 * The version of the film that was cut: size, and the entity tag that NGINX gives it; undefined where nothing was cut. Each cut has
 * a size and a tag of its own, so a visitor who seeks would fetch one version after the other: these are the film's.
 */
export function wholeFilm(v: NginxVariables): { etag: string; size: number } | undefined {
  // Another origin's answer is what it says it is.
  if ((!v.arg_start && !v.arg_end) || v.upstream_addr) return undefined;
  const film = fileOnDisk(v);
  if (film === undefined || film.size === Number(v.tallygate_size)) return undefined;
  return { etag: v.sent_http_etag ? film.etag : '', size: film.size };
}
