// `tallygate keys rotate`, in two steps that cannot be got wrong. First the new key is accepted: it stands in the key file,
// and nothing is signed with it. When NGINX has loaded it on every edge, new links are signed with it. Stopped between
// the two, it goes on where it was.

import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { type Config, configOf } from '../config/load.ts';
import { isUnreachable, type Sql, withDatabase } from '../db/connection.ts';
import { type Edge, forgetEdges, isSilent, nameOf, readEdges, standingOf } from '../edges/edges.ts';
import { accept, nextKey, promote } from '../keys/change.ts';
import { readKeyRing, readKeyRings } from '../keys/file.ts';
import { keysOf, type LoadedKey } from '../keys/loaded.ts';
import { requireRing, ringLabel } from '../keys/ring.ts';
import { UserError } from '../user-error.ts';
import { ringOption } from './arguments.ts';
import { inRing, placeOf, print, type RingOption, reload, writeKeys } from './key-file.ts';

type Options = RingOption & { id?: string; force?: true };

const everyMs = 1000;

export function registerRotate(keys: Command): void {
  keys
    .command('rotate')
    .description('make a new key; sign new links with it when every edge has it; others go on working')
    .option('--id <id>', 'what links call it (default: the next number)')
    .option('--force', 'wait for no edge: one that is gone is forgotten, one that lags refuses the new links')
    .addOption(ringOption('the ring it is for; made where there is none'))
    .action(async (options: Options, command: Command) => {
      const { file, name } = placeOf(options, command);
      const next = await acceptNext(file, name, options.id);
      if (next === undefined) return;
      const config = configOf(command);
      if (options.force) await skipEdges(config, next);
      else await withDatabase(config, (sql) => waitForEdges(sql, config, next));
      await sign(file, name, next.id);
    });
}

/** The first step. Returns the key to go on with; undefined where it is the first one of its ring. */
async function acceptNext(
  file: string,
  name: string,
  id: string | undefined,
): Promise<LoadedKey | undefined> {
  const before = await readKeyRings(file);
  const ring = before.find((one) => one.name === name);
  const underWay = ring && nextKey(ring);
  if (underWay && id !== undefined && id !== underWay.id)
    throw new UserError(
      `the key ${underWay.id}${inRing(name)} is accepted and not signed with yet`,
      `Go on with it: tallygate keys rotate. Or take it out: tallygate keys retire ${underWay.id}`,
    );
  const after = underWay ? before : accept(before, name, id, new Date());
  if (!underWay) await writeKeys(file, after);
  const now = requireRing(after, name);
  if (!ring) {
    print(`Made ${ringLabel(name)}, whose links are signed with ${now.current.id}.`);
    print(`Reload NGINX on every edge (${reload}) before you give away links of it: tallygate keys list`);
    if (name !== '') print(`Its links open the servers that say: set $tallygate_keys ${name};`);
    return undefined;
  }
  const next = nextKey(now)?.id ?? '';
  print(
    underWay
      ? `Going on with ${next}${inRing(name)}, which is accepted and not signed with yet.`
      : `Made ${next}${inRing(name)}. Until every edge has it, links are signed with ${now.current.id}.`,
  );
  return keysOf(after).find((key) => key.id === next && key.ring === name);
}

/** The second step. The file may have changed while we waited. */
async function sign(file: string, name: string, id: string): Promise<void> {
  const rings = await readKeyRings(file);
  if (nextKey(requireRing(rings, name))?.id !== id)
    throw new UserError(
      `${file} has changed: ${id} is no longer the next key${inRing(name)}`,
      'See: tallygate keys list',
    );
  await writeKeys(file, promote(rings, name));
  const { current } = await readKeyRing(file, name);
  print(`New links${inRing(name)} are signed with ${current.id}; the other keys stay valid.`);
  print(
    'Where serve has a copy of the file: systemctl restart tallygate-serve. Other hosts: copy the file first.',
  );
  print(`NGINX signs with it (mint.conf) when it is next reloaded: ${reload}`);
  print('Take out an old key when its links have ended: tallygate keys retire <id>');
}

/** Waits until every edge has had the key for long enough, and says meanwhile which has not. */
async function waitForEdges(sql: Sql, config: Config, key: LoadedKey): Promise<void> {
  print('Waiting. You may stop this with Ctrl-C: run again, it goes on.');
  const shown = progress(process.stderr);
  for (let isFirst = true; ; isFirst = false) {
    // Once it has answered, PostgreSQL may go away and come back.
    const edges = await readEdges(sql).catch((error: unknown) => {
      if (isFirst || !isUnreachable(error)) throw error;
      return undefined;
    });
    if (edges?.length === 0) throw nobody(key);
    const waits = edges?.flatMap((edge) => waitsFor(edge, edges, key, config) ?? []);
    if (waits?.length === 0) return shown.end();
    shown.show(waits ?? [{ what: 'the database cannot be reached; trying again', left: 0 }]);
    await delay(everyMs);
  }
}

function nobody({ id }: LoadedKey): UserError {
  return new UserError(
    `no edge has reported which keys it has, so links are not signed with ${id} yet`,
    'Start tallygate agent on each NGINX host, and run this again. If no NGINX uses this file: --force.',
  );
}

type Wait = { what: string; left: number };

/** What must happen on an edge before links may be signed with the key; undefined: nothing. */
function waitsFor(edge: Edge, edges: readonly Edge[], key: LoadedKey, config: Config): Wait | undefined {
  const name = nameOf(edge, edges);
  const standing = standingOf(edge, key, config.keysSettle);
  switch (standing.kind) {
    case 'ready':
      return undefined;
    case 'settling':
      return {
        what: `${name} has loaded ${key.id}, connections from before are ending`,
        left: standing.left,
      };
    case 'missing':
      return {
        what: `${name} has not loaded ${key.id}: give it this ${config.keysFile}, and there: ${reload}`,
        left: 0,
      };
    case 'other':
      return {
        what: `${name} has another key ${key.id}: give it this ${config.keysFile}, and there: ${reload}`,
        left: 0,
      };
    case 'unknown':
      return { what: `${name}: ${standing.why} (if it is gone for good: --force)`, left: 0 };
  }
}

/** On a terminal one line that is written anew, elsewhere a line for each change. */
function progress(out: NodeJS.WriteStream) {
  let last = '';
  return {
    show(waits: readonly Wait[]) {
      const text = waits.map(({ what }) => what).join('; ');
      const left = Math.max(...waits.map((wait) => wait.left));
      if (out.isTTY) out.write(`\r\x1b[K${text}${left > 0 ? `: ${left} s` : ''}`);
      else if (text !== last) for (const { what } of waits) out.write(`${what}\n`);
      last = text;
    },
    end() {
      if (out.isTTY && last !== '') out.write('\r\x1b[K');
    },
  };
}

/** Says which edges are not waited for. Those that are silent are forgotten: nobody waits for them again. */
async function skipEdges(config: Config, key: LoadedKey): Promise<void> {
  try {
    await withDatabase(config, async (sql) => {
      const edges = await readEdges(sql);
      for (const edge of edges) {
        const name = nameOf(edge, edges);
        const wait = waitsFor(edge, edges, key, config);
        if (isSilent(edge)) process.stderr.write(`Forgot ${name}, which has been silent.\n`);
        else if (wait) process.stderr.write(`Not waited for: ${wait.what}\n`);
      }
      await forgetEdges(sql, edges.filter(isSilent));
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    process.stderr.write(`Not known which edges have ${key.id}: ${error.message}\n`);
  }
}
