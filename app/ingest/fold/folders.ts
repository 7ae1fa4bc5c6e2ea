// Folders with definitions of their own ([[count.folders]]). The policy of a transfer is decided by its file's host and path:
// in TypeScript when the file is first met, in SQL where transfers are judged again. test/ingest/fold/folders.test.ts holds
// the two together.

import type { FilePolicy } from '../record/names.ts';

/** Paths that begin with `path`, on every host or on one. */
export type FolderPolicy = FilePolicy & { readonly path: string; readonly host?: string | undefined };

/** The longest `path` wins; of two of one length, the one that names the host. */
function inOrder(folders: readonly FolderPolicy[]): FolderPolicy[] {
  return [...folders].sort(
    (a, b) =>
      Buffer.byteLength(b.path) - Buffer.byteLength(a.path) ||
      Number(b.host !== undefined) - Number(a.host !== undefined),
  );
}

/** Tells the folder's policy of a file; undefined where none is configured. */
export function folderPolicies(
  folders: readonly FolderPolicy[] = [],
): (host: string, path: string) => FilePolicy | undefined {
  const ordered = inOrder(folders);
  return (host, path) =>
    ordered.find((folder) => (folder.host ?? host) === host && path.startsWith(folder.path));
}

/** The same in SQL, for a row `f` of `files`: an expression for each number, null where no folder is configured. */
export function folderPoliciesInSql(folders: readonly FolderPolicy[] = []): {
  minBytes: string;
  completeRatio: string;
} {
  const ordered = inOrder(folders);
  const numberOf = (chosen: (folder: FolderPolicy) => number, type: string) => {
    const cases = ordered.map((folder) => `when ${belongsInSql(folder)} then ${chosen(folder)}::${type}`);
    return cases.length === 0 ? `null::${type}` : `case ${cases.join(' ')} end`;
  };
  return {
    minBytes: numberOf((folder) => folder.minBytes, 'bigint'),
    completeRatio: numberOf((folder) => folder.completeRatio, 'float8'),
  };
}

function belongsInSql({ path, host }: FolderPolicy): string {
  const below = `starts_with(f.path, ${literal(path)})`;
  return host === undefined ? below : `f.host = ${literal(host)} and ${below}`;
}

/** Text of the configuration as an SQL literal, whatever standard_conforming_strings is. */
function literal(text: string): string {
  return `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
