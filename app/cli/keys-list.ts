// `tallygate keys list`: each key, what it is used for, and which edges have it.

import type { Command } from 'commander';
import { configOf } from '../config/load.ts';
import { withDatabase } from '../db/connection.ts';
import { type Edge, nameOf, readEdges, standingOf } from '../edges/edges.ts';
import { nextKey } from '../keys/change.ts';
import { readKeyRings } from '../keys/file.ts';
import { keysOf, type LoadedKey } from '../keys/loaded.ts';
import { type Key, type KeyRing, type KeyRings, requireRing } from '../keys/ring.ts';
import { UserError } from '../user-error.ts';
import { ringOption } from './arguments.ts';
import { print, type RingOption } from './key-file.ts';

export function registerList(keys: Command): void {
  keys
    .command('list')
    .description('the keys without their secrets: what each is used for, and which edges have it')
    .addOption(ringOption('only the keys of this ring', 'all'))
    .action(async (options: RingOption, command: Command) => {
      const config = configOf(command);
      const rings = await readKeyRings(config.keysFile);
      const shown = options.ring === undefined ? rings : [requireRing(rings, options.ring)];
      const edges = await withDatabase(config, readEdges).catch((error: unknown) => {
        if (!(error instanceof UserError)) throw error;
        process.stderr.write(`Which edges have them is not known: ${error.message}\n`);
        return undefined;
      });
      for (const line of inFile(shown, rings, edges)) print(line);
      for (const line of takenOut(rings, edges ?? [], options.ring)) print(line);
    });
}

/** A line for each key of the file. With several rings, each line has its ring; the default one is shown as -. */
function inFile(shown: KeyRings, rings: KeyRings, edges: readonly Edge[] | undefined): string[] {
  const hasNames = rings.some(({ name }) => name !== '');
  return shown.flatMap((ring) =>
    keysOf([ring]).map((loaded, index) => {
      const key = ring.keys[index] as Key;
      return lineOf(
        [key.id, key.kind, key.since, ...(hasNames ? [ring.name || '-'] : [])],
        [stateOf(key, ring), edges && edgesOf(loaded, edges)],
      );
    }),
  );
}

/** Keys that are in the file no more, and that some edge still accepts. */
function takenOut(rings: KeyRings, edges: readonly Edge[], only: string | undefined): string[] {
  const kept = new Set(rings.flatMap(({ keys }) => keys.map(({ id }) => id)));
  const gone = edges.flatMap((edge) => edge.keys.filter(({ id }) => !kept.has(id)));
  const shown = gone.filter(({ ring }) => only === undefined || ring === only);
  return [...new Set(shown.map(({ id }) => id))].map((id) => {
    const where = edges.filter(({ keys }) => keys.some((key) => key.id === id));
    return lineOf(
      [id],
      [`retired, still accepted by ${where.map((edge) => nameOf(edge, edges)).join(', ')}`],
    );
  });
}

function stateOf(key: Key, ring: KeyRing): string {
  if (key.kind === 'secure_link') return `accepted (${key.signatureArg}, ${key.expiresArg})`;
  if (key === ring.current) return 'signing';
  return key === nextKey(ring) ? 'accepted, signing next' : 'accepted';
}

function edgesOf(key: LoadedKey, edges: readonly Edge[]): string {
  if (edges.length === 0) return 'no edge has reported';
  const without = edges.flatMap((edge) => {
    const standing = standingOf(edge, key, 0);
    if (standing.kind === 'ready') return [];
    const words = {
      settling: 'loading it',
      missing: 'not loaded',
      other: 'another key of this id',
      unknown: standing.kind === 'unknown' ? standing.why : '',
    };
    return [`${nameOf(edge, edges)} (${words[standing.kind]})`];
  });
  if (without.length > 0) return `not on ${without.join(', ')}`;
  return `on ${edges.map((edge) => nameOf(edge, edges)).join(', ')}`;
}

const widths = [16, 11, 10, 16];

function lineOf(cells: readonly string[], last: readonly (string | undefined)[]): string {
  const padded = cells.map((cell, index) => cell.padEnd(widths[index] ?? 0));
  return [...padded, last.filter(Boolean).join('; ')].join(' ').trimEnd();
}
