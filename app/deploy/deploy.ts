// Deploys a release: files, keys, a trial of the gate, tables, NGINX, units. What can fail comes first, before anything
// that runs has noticed. If a step fails, every file is put back as it was.

import { existsSync } from 'node:fs';
import { cp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { type Config, loadConfig, requireOrigin } from '../config/load.ts';
import { migrate } from '../db/migrate.ts';
import { newKey, newRing } from '../keys/change.ts';
import { formatKeyFile } from '../keys/file.ts';
import { productionPlaces } from '../nginx/relocate.ts';
import { ringFor } from '../nginx/server-ring.ts';
import { dayOf, formatSaltFile, newSalts } from '../salts/file.ts';
import { daysAhead } from '../salts/rotate.ts';
import { codesKeyFile, newCodesKey } from '../service/codes/key.ts';
import { UserError } from '../user-error.ts';
import { makeAccounts, makeFolders } from './accounts.ts';
import { Changes } from './changes.ts';
import { checkInstalledGate, checkRunningGate } from './gate-check.ts';
import { hasSystemd, nginxRuns, readNginx, reloadNginx, siteOf } from './host.ts';
import { configFile, type Layout, layoutOf } from './layout.ts';
import { placeFiles } from './managed.ts';
import { formatManifest, type Manifest, manifestFile, readManifest } from './manifest.ts';
import { verifyRelease } from './release.ts';
import { areEnabled, restartUnits, restoreUnits, stopUnits } from './units.ts';

export type DeployOptions = {
  layout: Layout;
  /** the folder of the release to install */
  release: string;
  /** a file with the first configuration, for a host that has none */
  seed?: string | undefined;
  /** which of serve and agent run here */
  services: readonly string[];
  /** how many releases are kept */
  keep: number;
  /** host:port where the running NGINX is asked, if that is not the port of the origin on loopback */
  probe?: string | undefined;
  /** false for a rollback: migrations only add, and so an earlier release can work on the tables */
  migrates: boolean;
  say: (text: string) => void;
};

/** What a deployment has restarted so far. After files are put back, the same is restarted again. */
type Effects = { nginxReloaded: boolean; unitsRestarted: boolean; unitsWereEnabled: boolean };

/** @throws UserError that says what failed. Everything is then as it was before. */
export async function deploy(options: DeployOptions): Promise<void> {
  const changes = new Changes();
  const effects: Effects = { nginxReloaded: false, unitsRestarted: false, unitsWereEnabled: true };
  try {
    await deploySteps(options, changes, effects);
  } catch (error) {
    await putBack(options, changes, effects);
    throw error;
  }
}

async function deploySteps(options: DeployOptions, changes: Changes, effects: Effects): Promise<void> {
  const { say, release } = options;
  const id = await verifyRelease(release);
  const manifest = await readManifest(options.layout);
  const config = firstConfig(options);
  const layout = layoutOf({ ...options.layout, service: `${config.service.host}:${config.service.port}` });

  await installRelease({ ...options, layout }, id, manifest, changes);
  await makeKeys(config, options, changes);
  const filesChanged = changes.paths.length > 0;

  const nginx = await readNginx(siteOf(layout));
  const keys = { file: config.keysFile, ring: ringFor(nginx.text, config.origin) ?? config.keysRing };
  await checkInstalledGate(siteOf(layout), layout.nginxUser, keys, nginx);
  say('the gate holds: a signed link passes, a forged one does not');
  if (options.migrates) {
    await migrate(config.databaseUrl, path.join(release, 'sql')).catch(explainMigration);
    say('the database is up to date');
  }
  const runs = await nginxRuns(nginx);
  if (runs && filesChanged) {
    effects.nginxReloaded = true;
    await reloadNginx(layout);
    say('NGINX has reloaded');
  } else if (!runs) say('NGINX is not running: start it when the site is ready');
  if (hasSystemd(layout)) {
    effects.unitsRestarted = filesChanged;
    effects.unitsWereEnabled = await areEnabled(options.services);
    await restartUnits(options.services, filesChanged, config);
    say(`running: ${options.services.map((name) => `tallygate-${name}`).join(', ')}`);
  } else say('no systemd manages this tree: start tallygate serve and tallygate agent by other means');
  if (runs && nginx.hasService) {
    await checkRunningGate(keys, { origin: requireOrigin(config), connectTo: options.probe });
    say('the running NGINX: a signed link passes, a forged one does not');
  } else if (runs) say('no server block includes tallygate/service.conf yet: see nginx/example.conf');
  await removeOldReleases(layout, options.keep, changes);
  say(changes.paths.length > 0 ? `${id} is deployed` : `${id} was deployed already: nothing has changed`);
}

/** The steps that `make install` takes as well: the release's folder, the managed files, the links, the manifest. */
export async function installRelease(
  options: Pick<DeployOptions, 'layout' | 'release' | 'seed' | 'say'>,
  id: string,
  manifest: Manifest,
  changes: Changes,
): Promise<void> {
  const { layout, say } = options;
  const folder = layout.at(`${layout.lib}/releases/${id}`);
  if (!existsSync(folder)) {
    await changes.makeFolder(path.dirname(folder));
    changes.adopt(folder);
    await cp(options.release, folder, { recursive: true });
    await verifyRelease(folder);
  }
  if (layout.kind === 'lived-in') {
    makeAccounts(layout, folder);
    await makeFolders(layout, folder, changes);
  }
  await changes.link(layout.at(`${layout.lib}/current`), `releases/${id}`);
  await changes.link(layout.at(`${layout.prefix}/bin/tallygate`), '../lib/tallygate/current/tallygate.js');
  const placed = await placeFiles(layout, folder, manifest, changes, options.seed);
  for (const { path: file, isNew } of placed.edited) {
    if (isNew)
      say(`kept ${file}, which was edited; this release's is beside it as ${file}.new: compare them`);
    else if (file !== layout.at(configFile)) say(`kept ${file}, which was edited`);
  }
  const history = manifest.history.at(-1) === id ? manifest.history : [...manifest.history, id];
  const next = formatManifest({ history, files: placed.files });
  await changes.writeFile(manifestFile(layout), next, 0o644);
}

/** The configuration that the host has or will have: its own, the first one that was given, or the defaults. */
function firstConfig({ layout, seed }: DeployOptions): Config {
  const present = layout.at(configFile);
  const config = loadConfig({ file: existsSync(present) ? present : (seed ?? '/dev/null'), env: {} });
  if (layout.destdir === '') return config;
  // In a tree of its own (DESTDIR), the secrets lie where the includes of that tree look for them.
  const own = (name: string) => layout.at(`${productionPlaces.etc}/${name}`);
  return { ...config, keysFile: own('keys.conf'), agent: { ...config.agent, saltsFile: own('salts.conf') } };
}

/** A migration is one transaction. One that fails leaves nothing behind. */
function explainMigration(error: unknown): never {
  if (error instanceof UserError) throw error;
  const { cause, message } = error as Error;
  throw new UserError(
    `the migration of the database failed: ${cause instanceof Error ? cause.message : message}`,
    'The database is as it was. The role in database_url must own the tables.',
    { cause: error },
  );
}

/** Makes keys and salts where there are none. NGINX does not start without them, nor `serve` without the codes' key. */
async function makeKeys(config: Config, { services, say }: DeployOptions, changes: Changes): Promise<void> {
  const now = new Date();
  const secrets = [
    [config.keysFile, () => formatKeyFile([newRing(newKey('a1', now), config.keysRing)])],
    [config.agent.saltsFile, () => formatSaltFile(newSalts(dayOf(now), daysAhead))],
    ...(services.includes('serve') ? [[codesKeyFile(config), newCodesKey] as const] : []),
  ] as const;
  const missing = secrets.filter(([file]) => !existsSync(file));
  for (const [file, make] of missing) await changes.writeFile(file, make(), 0o600);
  if (missing.length > 0)
    say(
      `made ${missing.map(([file]) => file).join(', ')}: every other host of this site needs the same files`,
    );
}

/** Puts the files back. Then what was restarted on the new ones is restarted on the old ones. */
async function putBack(options: DeployOptions, changes: Changes, effects: Effects): Promise<void> {
  const { layout, say } = options;
  const count = changes.paths.length;
  // Before their files go: systemd needs them to find the links that it must remove.
  if (effects.unitsRestarted && !effects.unitsWereEnabled) await stopUnits();
  await changes.undo();
  say(count > 0 ? 'failed: everything has been put back as it was' : 'failed: nothing had been changed');
  if (effects.nginxReloaded) await reloadNginx(layout);
  if (effects.unitsRestarted && effects.unitsWereEnabled) await restoreUnits(options.services);
}

/** Removes old releases. The `keep` that were current last stay. */
async function removeOldReleases(layout: Layout, keep: number, changes: Changes): Promise<void> {
  const manifest = await readManifest(layout);
  const newestFirst = [...new Set([...manifest.history].reverse())];
  const kept = newestFirst.slice(0, Math.max(2, keep));
  const folder = layout.at(`${layout.lib}/releases`);
  for (const id of await readdir(folder)) {
    if (!kept.includes(id)) await rm(path.join(folder, id), { recursive: true, force: true });
  }
  const history = manifest.history.filter((id) => kept.includes(id));
  await changes.writeFile(manifestFile(layout), formatManifest({ ...manifest, history }), 0o644);
}
