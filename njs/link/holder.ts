// Whose link it is: the `t` of a link names a token, or one file of a token.
//
// A limit holds for each file, and NGINX looks for one name for each request. So of a token for several files each
// file's link has an id of its own: the token's, a dash and the number of the file. A folder's link opens many files
// under one id: there a file that is spent is denied by its path.

/** The id in the link to the `n`-th file (from 1) of a token for several files. */
export function fileId(token: string, n: number): string {
  return `${token}-${n}`;
}

/** The token that an id in a link belongs to. Only the ids that the service makes (22 characters) have numbers. */
export function holderOf(id: string): string {
  return id.length > 22 && /^[0-9a-z]{22}-[1-9][0-9]{0,2}$/.test(id) ? id.slice(0, 22) : id;
}

/**
 * The name by which one file is denied to a folder's link. No id in a link can be the same, for none has a dot.
 * @param digest SHA-256 of the path (digestedPath) in base64url
 */
export function nameInFolder(token: string, digest: string): string {
  return `${token}.${digest.slice(0, 22)}`;
}

/** What of a path is digested: as much as records hold of it. */
export function digestedPath(path: string): string {
  return path.slice(0, 4096);
}
