// By which names a token is denied: the ids that its links carry in `t` (njs/link/holder.ts). Pure.
//
// The link to the only file of a token carries the token's id. Of several files each has an id of its own, so that each is
// denied by itself. A folder's link opens many files; there the file's path makes the name.

import { coveredPrefix } from '../../njs/link/covered.ts';
import { digestedPath, fileId, nameInFolder } from '../../njs/link/holder.ts';
import { digest } from '../digest.ts';

/** What of a token says which links it has. */
export type TokenShape = {
  readonly id: string;
  readonly paths: readonly string[];
  readonly prefix?: number | null | undefined;
};

/** The id that the link to the token's path number `index` (from 0) carries. */
export function linkId(token: TokenShape, index: number): string {
  return token.paths.length === 1 || isFolderLink(token, index) ? token.id : fileId(token.id, index + 1);
}

/** The names by which one file of a token is denied. */
export function subjectsOf(token: TokenShape, path: string): string[] {
  const subjects = new Set<string>();
  for (const [index, own] of token.paths.entries()) {
    if (!isFolderLink(token, index)) {
      if (own === path) subjects.add(linkId(token, index));
    } else if (path.startsWith(folderOf(token, own))) subjects.add(inFolder(token.id, path));
  }
  // None of the token's own links leads there. Somebody signed one by hand, with the token's id.
  return subjects.size > 0 ? [...subjects] : [token.id];
}

/** The names that NGINX looks for in the deny folder when a link with this `t` asks for a path. */
export function namesAskedFor(id: string, path: string, isFolder: boolean): string[] {
  return isFolder ? [id, inFolder(id, path)] : [id];
}

/** Whether a token names several files and no folder: when each of them is spent, nothing is left. */
export function isList(token: TokenShape): boolean {
  return token.paths.length > 1 && !token.paths.some((_, index) => isFolderLink(token, index));
}

/** The ids of the links of such a token. */
export const fileIdsOf = (token: TokenShape) => token.paths.map((_, index) => linkId(token, index));

function isFolderLink({ paths, prefix }: TokenShape, index: number): boolean {
  return prefix != null || (paths[index] as string).endsWith('/');
}

const inFolder = (id: string, path: string) => nameInFolder(id, digest('sha256', digestedPath(path)));

const folderOf = ({ prefix }: TokenShape, path: string) =>
  prefix == null ? path : coveredPrefix(path, prefix);
