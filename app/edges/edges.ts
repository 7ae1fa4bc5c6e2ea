// The keys as every edge has them: may links be signed with one? What `keys rotate`, `keys list`, `keys retire` and
// `doctor` go by.

import type { Sql } from '../db/connection.ts';
import type { LoadedKey } from '../keys/loaded.ts';

/** An agent that has said nothing for so long is silent: seconds. It reports every ten. */
const silentAfter = 60;

export type Edge = {
  edge: string;
  host: string;
  /** seconds since its agent's last sign of life */
  silentFor: number;
  /** seconds since NGINX last told which keys it has; undefined: never */
  toldBefore: number | undefined;
  /** why NGINX has not told since; '' if it has */
  error: string;
  /** `since`: for how many seconds NGINX has had it, without a break */
  keys: (LoadedKey & { since: number })[];
};

/** Every edge whose agent has ever reported. */
export async function readEdges(sql: Sql): Promise<Edge[]> {
  return (await sql`
    select a.edge, a.host, extract(epoch from now() - a.seen_at)::float8 as "silentFor",
           extract(epoch from now() - a.keys_seen_at)::float8 as "toldBefore", a.keys_error as error,
           coalesce((select json_agg(json_build_object('ring', k.ring, 'id', k.key_id, 'fingerprint', k.fingerprint,
                                      'signs', k.signs, 'since', extract(epoch from now() - k.since)) order by k.key_id)
                       from edge_keys k where (k.edge, k.host) = (a.edge, a.host)), '[]') as keys
      from agents a order by a.edge, a.host`) as unknown as Edge[];
}

/** How an edge stands to a key. Only `ready` accepts every link that is signed with it. */
export type Standing =
  | { kind: 'ready' }
  /** loaded; connections from before may still be answered without it for so many seconds */
  | { kind: 'settling'; left: number }
  | { kind: 'missing' }
  /** has another key of that id */
  | { kind: 'other' }
  /** nobody knows, for this reason */
  | { kind: 'unknown'; why: string };

/** @param settle seconds for which NGINX must have had the key */
export function standingOf(edge: Edge, key: LoadedKey, settle: number): Standing {
  if (edge.silentFor > silentAfter)
    return { kind: 'unknown', why: `its agent has been silent for ${wordsOf(edge.silentFor)}` };
  if ((edge.toldBefore ?? Infinity) > silentAfter)
    return { kind: 'unknown', why: edge.error || 'its agent has not asked NGINX yet' };
  const loaded = edge.keys.find(({ id }) => id === key.id);
  if (!loaded) return { kind: 'missing' };
  if (loaded.fingerprint !== key.fingerprint || loaded.ring !== key.ring) return { kind: 'other' };
  const left = Math.ceil(settle - loaded.since);
  return left > 0 ? { kind: 'settling', left } : { kind: 'ready' };
}

export const isSilent = (edge: Edge): boolean => edge.silentFor > silentAfter;

/** What people call an edge: its host too, where two have one name. */
export function nameOf({ edge, host }: Edge, edges: readonly Edge[]): string {
  return edges.filter((other) => other.edge === edge).length > 1 ? `${edge} (${host})` : edge;
}

/** Forgets edges that are gone. One that is not comes back with its agent's next sign of life. */
export async function forgetEdges(sql: Sql, edges: readonly Edge[]): Promise<void> {
  for (const { edge, host } of edges) {
    await sql`delete from edge_keys where edge = ${edge} and host = ${host}`;
    await sql`delete from agents where edge = ${edge} and host = ${host}`;
  }
}

function wordsOf(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} minutes`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} hours` : `${Math.round(seconds / 86_400)} days`;
}
