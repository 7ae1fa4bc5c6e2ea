// What NGINX knows of the file that it sends and does not say in a variable.

import { fs } from './fs.ts';

/** Size in bytes; entity tag and Last-Modified as NGINX would write them. */
export type FileOnDisk = { size: number; etag: string; modified: string };

/** The file of $request_filename; undefined if there is none, as with an origin. */
export function fileOnDisk(v: NginxVariables): FileOnDisk | undefined {
  const found = fs.statSync(v.request_filename || '', { throwIfNoEntry: false });
  if (found === undefined || !found.isFile()) return undefined;
  const seconds = Math.floor(found.mtime.getTime() / 1000);
  return {
    size: found.size,
    etag: `"${seconds.toString(16)}-${found.size.toString(16)}"`,
    modified: new Date(seconds * 1000).toUTCString(),
  };
}
