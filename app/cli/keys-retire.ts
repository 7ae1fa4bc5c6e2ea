// `tallygate keys retire`: takes a key out, unless a link that works is signed with it.

import type { Command } from 'commander';
import { type Config, configOf } from '../config/load.ts';
import { withDatabase } from '../db/connection.ts';
import { nameOf, readEdges } from '../edges/edges.ts';
import { linksOf } from '../edges/links.ts';
import { retire, retireRing } from '../keys/change.ts';
import { readKeyRings } from '../keys/file.ts';
import { findKey, type KeyRings, requireRing, ringLabel } from '../keys/ring.ts';
import { UserError } from '../user-error.ts';
import { ringOption } from './arguments.ts';
import { print, type RingOption, reload, writeKeys } from './key-file.ts';
import { day } from './print.ts';

type Options = RingOption & { all?: true; force?: true };

export function registerRetire(keys: Command): void {
  keys
    .command('retire [id]')
    .description('take a key out, when the links signed with it have ended')
    .addOption(ringOption('the ring it must be in', 'any'))
    .option('--all', 'with --ring and no id: take out the whole ring, of a site that is gone')
    .option('--force', 'take it out now: every link signed with it ends')
    .action(async (id: string | undefined, options: Options, command: Command) => {
      const config = configOf(command);
      const rings = await readKeyRings(config.keysFile);
      const what = retired(rings, id, options);
      if (!options.force) await requireEnded(config, what.ids);
      await writeKeys(config.keysFile, what.left);
      print(`Took out ${what.name}: its links end when NGINX is reloaded.`);
      print(
        `Give every edge the file, and there: ${reload}. Restart the service where it has a copy of the file.`,
      );
    });
}

/** The rings without the key or ring that is retired, words for what was taken out, and the ids of its keys. */
function retired(
  rings: KeyRings,
  id: string | undefined,
  { ring: name, all }: Options,
): { left: KeyRings; name: string; ids: string[] } {
  if (all) {
    if (id !== undefined || name === undefined)
      throw new UserError('--all takes out a whole ring', 'Name it with --ring, and no key id.');
    const ids = requireRing(rings, name).keys.map((key) => key.id);
    return { left: retireRing(rings, name), name: ringLabel(name), ids };
  }
  if (id === undefined)
    throw new UserError('no key is named', 'Name one: tallygate keys list shows which there are.');
  if (name !== undefined && !findKey(requireRing(rings, name), id))
    throw new UserError(`${ringLabel(name)} has no key ${id}`, 'See: tallygate keys list');
  return { left: retire(rings, id), name: id, ids: [id] };
}

/** @throws UserError while a link works, or may work, that is signed with one of the keys */
async function requireEnded(config: Config, ids: readonly string[]): Promise<void> {
  const reasons = await withDatabase(config, async (sql) => {
    const edges = await readEdges(sql);
    const found: string[] = [];
    for (const id of ids) {
      const { signers, endsAt, usedAt } = await linksOf(sql, id);
      const minting = edges.filter(({ keys }) => keys.some((key) => key.id === id && key.signs));
      if (signers.length > 0)
        found.push(
          `serve still signs with ${id} at ${signers.join(', ')}: give it this key file, and restart it`,
        );
      if (minting.length > 0)
        found.push(
          `NGINX still signs with ${id} (mint.conf) on ${minting.map((edge) => nameOf(edge, edges)).join(', ')}: ${reload}`,
        );
      if (endsAt && endsAt.getTime() > Date.now())
        found.push(`links that are signed with ${id} work until ${day(endsAt)} UTC`);
      // Nobody notes what is signed by hand (tallygate link) or by NGINX (mint.conf). But it is seen when it is used.
      else if (usedAt && usedAt > (endsAt ?? new Date(0)))
        found.push(
          `a link that is signed with ${id} was used at ${day(usedAt)} UTC, and nobody noted when it ends`,
        );
    }
    return found;
  });
  if (reasons.length === 0) return;
  throw new UserError(
    `not taken out: ${reasons.join('; ')}`,
    'Run this again then. Or end these links now: --force.',
  );
}
