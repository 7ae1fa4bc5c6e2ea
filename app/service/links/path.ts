// Which paths the API makes links for: all that NGINX's $uri can be equal to (app/link/path.ts), except a few that
// are nearly always a mistake.

import { pathFault } from '../../link/path.ts';

const maxBytes = 2048;
const maxFolderSegments = 16;

/** What is wrong with `path`, in words for the client's author; undefined if nothing is. */
export function pathMistake(path: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(path)) return 'give the path alone, without scheme and host';
  const fault = pathFault(path);
  if (fault) return fault;
  if (path === '/') return 'covers the whole site';
  if (path.length > maxBytes / 3 && Buffer.byteLength(path) > maxBytes)
    return `is longer than ${maxBytes} bytes`;
  // Hardly any name holds "%41". A path encoded once too often is common, and the customer would be the first to see.
  if (/%[0-9a-f]{2}/i.test(path)) return 'is percent-encoded: give it decoded, as the file is named on disk';
  if (isFolder(path) && segmentCount(path) > maxFolderSegments) {
    return `is a folder deeper than ${maxFolderSegments} segments`;
  }
  return undefined;
}

/** Whether a path stands for everything below it. */
export function isFolder(path: string): boolean {
  return path.endsWith('/');
}

/** How many segments a folder's path has, which is what the link carries in `p`. `/` has none. */
export function segmentCount(folder: string): number {
  return folder.split('/').length - 2;
}
