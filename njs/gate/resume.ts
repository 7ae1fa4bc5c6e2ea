// Whether a request resumes a download: until finish-by (f) only those are accepted.

import { fileOnDisk } from '../file-on-disk.ts';

/**
 * Whether the request resumes a download: it asks for one range that begins after byte 0. With an If-Range of another
 * version it would be answered from byte 0 after all, so that must be this version; only of a file on disk can it be
 * told.
 */
export function mayResume(v: NginxVariables): boolean {
  if (!/^bytes=0*[1-9][0-9]*-[0-9]*$/.test(v.http_range || '')) return false;
  const known = v.http_if_range || '';
  if (known === '') return true;
  const file = fileOnDisk(v);
  return file !== undefined && (known === file.etag || known === file.modified);
}
