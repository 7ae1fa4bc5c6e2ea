// A download that has begun: what a link's finish-by is for.

import { fileOnDisk } from '../file-on-disk.ts';

/**
 * Whether the request goes on with a download: it asks for something behind byte 0 and nothing else, and will not be
 * answered from byte 0 after all. It would be with an If-Range of another version, and whether it is another can be told
 * of a file alone.
 */
export function mayResume(v: NginxVariables): boolean {
  if (!/^bytes=0*[1-9][0-9]*-[0-9]*$/.test(v.http_range || '')) return false;
  const known = v.http_if_range || '';
  if (known === '') return true;
  const file = fileOnDisk(v);
  return file !== undefined && (known === file.etag || known === file.modified);
}
