// Puts managed files in place, as a careful package manager does. A file that nobody has edited is replaced. An edited one
// is never touched: the new text is written beside it as FILE.new.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ownerOf } from './accounts.ts';
import type { Changes } from './changes.ts';
import { configFile, type Layout, managedFiles } from './layout.ts';
import { type Manifest, sha256 } from './manifest.ts';
import { filesIn } from './release.ts';

export type Placement = {
  /** The hashes of all managed files as shipped: `files` of the new manifest. */
  files: Record<string, string>;
  /** Edited files that were kept. `isNew`: this release has another text for them than the last one. */
  edited: { path: string; isNew: boolean }[];
};

/**
 * @param release the folder of the release
 * @param seed a file with the configuration to begin with where there is none, instead of the commented default
 */
export async function placeFiles(
  layout: Layout,
  release: string,
  manifest: Manifest,
  changes: Changes,
  seed?: string,
): Promise<Placement> {
  const placement: Placement = { files: {}, edited: [] };
  const includes = await filesIn(path.join(release, 'nginx'));
  for (const { source, to, mode, group } of managedFiles(layout, includes)) {
    const shipped = layout.fill(await readFile(path.join(release, source), 'utf8'));
    const target = layout.at(to);
    const present = await readFile(target, 'utf8').catch(() => undefined);
    const before = manifest.files[to];
    placement.files[to] = sha256(shipped);
    const owner = group === undefined ? undefined : ownerOf('root', group);
    if (present === undefined) {
      const text = to === configFile && seed ? await readFile(seed, 'utf8') : shipped;
      await changes.writeFile(target, text, mode, owner);
    } else if (present !== shipped && sha256(present) === before) {
      await changes.writeFile(target, shipped, mode, owner);
    } else if (present !== shipped) {
      const isNew = before !== undefined && before !== sha256(shipped);
      if (isNew) await changes.writeFile(`${target}.new`, shipped, mode, owner);
      placement.edited.push({ path: target, isNew });
    }
  }
  for (const [to, before] of Object.entries(manifest.files)) {
    if (placement.files[to] === undefined) await removeUnedited(layout.at(to), before, changes);
  }
  return placement;
}

/** Removes a file that nobody has edited. Returns whether it is gone. */
export async function removeUnedited(file: string, shipped: string, changes: Changes): Promise<boolean> {
  const present = await readFile(file).catch(() => undefined);
  if (present !== undefined && sha256(present) !== shipped) return false;
  await changes.remove(file);
  return true;
}
