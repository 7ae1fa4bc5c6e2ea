// A film that NGINX's mp4 or flv module has cut (`?start=`, `?end=`), in a location that is counted and has no gate.

import { fs } from './fs.ts';

/**
 * The version of the film that was cut: size, and the entity tag that NGINX gives it; undefined where nothing was cut. Each cut has
 * a size and a tag of its own, so a visitor who seeks would fetch one version after the other: these are the film's.
 */
export function wholeFilm(v: NginxVariables): { etag: string; size: number } | undefined {
  // Another origin's answer is what it says it is.
  if ((!v.arg_start && !v.arg_end) || v.upstream_addr) return undefined;
  const found = fs.statSync(v.request_filename || '', { throwIfNoEntry: false });
  if (found === undefined || !found.isFile() || found.size === Number(v.tallygate_size)) return undefined;
  const seconds = Math.floor(found.mtime.getTime() / 1000);
  const etag = v.sent_http_etag ? `"${seconds.toString(16)}-${found.size.toString(16)}"` : '';
  return { etag, size: found.size };
}
