// A download that has begun: what a link's finish-by is for.

import { fs } from './fs.ts';

/**
 * Whether the request goes on with a download: it asks for something behind byte 0 and nothing else, and will not be
 * answered from byte 0 after all. It would be with an If-Range of another version, and whether it is another can be told
 * of a file alone.
 */
export function mayResume(v: NginxVariables): boolean {
  if (!/^bytes=0*[1-9][0-9]*-[0-9]*$/.test(v.http_range || '')) return false;
  const known = v.http_if_range || '';
  return known === '' || known === entityTagOf(v) || known === lastModifiedOf(v);
}

/** NGINX's own entity tag of the file that would be sent; '' where there is none. */
function entityTagOf(v: NginxVariables): string {
  const found = status(v);
  if (found === undefined) return '';
  return `"${seconds(found.mtime).toString(16)}-${found.size.toString(16)}"`;
}

function lastModifiedOf(v: NginxVariables): string {
  const found = status(v);
  return found === undefined ? '' : new Date(seconds(found.mtime) * 1000).toUTCString();
}

function status(v: NginxVariables): { mtime: Date; size: number } | undefined {
  return fs.statSync(v.request_filename || '', { throwIfNoEntry: false });
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
