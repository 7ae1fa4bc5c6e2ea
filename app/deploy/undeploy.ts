// Removes an installation: the files that it brought and nobody has edited. Keys, salts, the configuration, the logs and
// the database belong to the operator and stay.

import { existsSync } from 'node:fs';
import { readdir, rm, rmdir } from 'node:fs/promises';
import { productionPlaces } from '../nginx/relocate.ts';
import { UserError } from '../user-error.ts';
import { Changes } from './changes.ts';
import { hasSystemd, nginxRuns, readNginx, reloadNginx, siteOf, systemctl } from './host.ts';
import type { Layout } from './layout.ts';
import { removeUnedited } from './managed.ts';
import { manifestFile, readManifest } from './manifest.ts';
import { stopUnits } from './units.ts';

/** @throws UserError if NGINX cannot run without the files. They are then back where they were. */
export async function undeploy(layout: Layout, say: (text: string) => void): Promise<void> {
  const manifest = await readManifest(layout);
  if (manifest.history.length === 0 && !existsSync(manifestFile(layout))) {
    say('nothing is installed here: nothing to do');
    return;
  }
  const nginx = await readNginx(siteOf(layout)).catch(() => undefined);
  const runs = nginx !== undefined && (await nginxRuns(nginx));
  const changes = new Changes();
  try {
    const kept: string[] = [];
    for (const [to, shipped] of Object.entries(manifest.files)) {
      if (!(await removeUnedited(layout.at(to), shipped, changes))) kept.push(layout.at(to));
    }
    await changes.remove(layout.at(`${layout.prefix}/bin/tallygate`));
    await changes.remove(layout.at(`${layout.lib}/current`));
    await changes.remove(manifestFile(layout));
    if (nginx) await readNginx(siteOf(layout)).catch(stillIncluded);
    for (const file of kept) say(`kept ${file}, which was edited`);
  } catch (error) {
    await changes.undo();
    throw error;
  }
  if (hasSystemd(layout)) {
    await stopUnits();
    await systemctl('daemon-reload');
  }
  if (runs) await reloadNginx(layout);
  await rm(layout.at(layout.lib), { recursive: true, force: true });
  await rm(layout.at(`${layout.prefix}/share/tallygate`), { recursive: true, force: true });
  await removeEmptyFolders(layout.at(productionPlaces.includes));
  say(
    `removed. Left as they are: ${layout.at(productionPlaces.etc)}, the logs, the deny folder, the database`,
  );
}

/** Folders that are empty now, the deepest first. A folder with an edited file in it stays. */
async function removeEmptyFolders(folder: string) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const folders = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${entry.parentPath}/${entry.name}`);
  for (const one of [folder, ...folders].sort((a, b) => b.length - a.length))
    await rmdir(one).catch(() => {});
}

function stillIncluded(error: unknown): never {
  throw new UserError(
    `NGINX cannot do without Tallygate's includes yet, so nothing was removed:\n${(error as Error).message}`,
    'Take the lines "include tallygate/..." out of your configuration, then run make undeploy again.',
    { cause: error },
  );
}
