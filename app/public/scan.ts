// The files of the public folders, as they are on disk now. Only files that NGINX would serve to anyone: regular files
// that it may read, below the folder, with no dot file or dot folder on the way. A symbolic link counts only if it
// leads to such a file.

import { access, constants, readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';

export type PublicFile = {
  /** decoded path, as it is counted */
  path: string;
  name: string;
  size: number;
  modified: Date;
  /** checksum files beside it: `a.iso.sha256` */
  checksums: { kind: string; path: string }[];
};

export type PublicFolders = { folders: readonly string[]; names: readonly string[] };

const checksum = /\.(md5|sha256|sha512)$/i;
// More than a list is good for. A larger folder is listed in part, instead of being scanned for minutes.
const mostFiles = 20_000;
const deepest = 16;

/** Every file that may be listed, in the order of paths. A folder that does not exist has none. */
export async function scanPublic({ folders, names }: PublicFolders): Promise<PublicFile[]> {
  const wanted = names.map(namePattern);
  const found = new Map<string, PublicFile>();
  for (const folder of folders) {
    const split = folder.indexOf('=');
    const root = await realpath(folder.slice(split + 1)).catch(() => undefined);
    if (root !== undefined) await scan(root, root, folder.slice(0, split), found, 0);
  }
  attachChecksums(found);
  return [...found.values()]
    .filter(({ name }) => wanted.some((pattern) => pattern.test(name)))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function scan(
  dir: string,
  root: string,
  prefix: string,
  found: Map<string, PublicFile>,
  depth: number,
) {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (entry.name.startsWith('.') || found.size >= mostFiles) continue;
    const target = await inside(path.join(dir, entry.name), root);
    const info = target === undefined ? undefined : await stat(target).catch(() => undefined);
    if (!target || !info) continue;
    if (info.isDirectory() && depth < deepest) {
      await scan(target, root, `${prefix}${entry.name}/`, found, depth + 1);
    } else if (info.isFile() && (await readable(target, info.mode))) {
      const file = { path: prefix + entry.name, name: entry.name, size: info.size, modified: info.mtime };
      found.set(file.path, { ...file, checksums: [] });
    }
  }
}

/** Where a path leads; undefined if that is outside the folder or below a dot folder. */
async function inside(file: string, root: string): Promise<string | undefined> {
  const target = await realpath(file).catch(() => undefined);
  if (!target?.startsWith(`${root}/`)) return undefined;
  const hidden = target
    .slice(root.length)
    .split('/')
    .some((part) => part.startsWith('.'));
  return hidden ? undefined : target;
}

// NGINX's workers are neither the owner nor root, so they cannot serve what only the owner may read.
async function readable(file: string, mode: number): Promise<boolean> {
  if ((mode & 0o044) === 0) return false;
  return access(file, constants.R_OK).then(
    () => true,
    () => false,
  );
}

/** Puts each checksum file with the file it is for, and takes it off the list. */
function attachChecksums(found: Map<string, PublicFile>): void {
  for (const file of [...found.values()]) {
    const kind = checksum.exec(file.name)?.[1];
    const of = kind && found.get(file.path.slice(0, -(kind.length + 1)));
    if (!of) continue;
    of.checksums.push({ kind: kind.toLowerCase(), path: file.path });
    found.delete(file.path);
  }
}

function namePattern(glob: string): RegExp {
  const escaped = glob.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's');
}

/** A decoded path as it is written in a URL. */
export function urlPathOf(decoded: string): string {
  return decoded.split('/').map(encodeURIComponent).join('/');
}
