// What agents and instances of `serve` tell of the keys they have: the writers of edge_keys, signers and bare_links.

import type { Sql } from '../db/connection.ts';
import { inTransaction } from '../db/transaction.ts';
import type { LoadedKey } from '../keys/loaded.ts';

/** What NGINX said of its keys, or why nobody knows. */
export type Told = { keys: readonly LoadedKey[] } | { error: string };

/** Notes what the NGINX of a host has loaded. A key that it has had before keeps its `since`. */
export async function reportLoaded(sql: Sql, edge: string, host: string, told: Told): Promise<void> {
  if ('error' in told) {
    await sql`update agents set keys_error = ${told.error} where edge = ${edge} and host = ${host}`;
    return;
  }
  const { keys } = told;
  const texts = (of: (key: LoadedKey) => string) => keys.map(of);
  const loaded = sql`
    unnest(${texts(({ ring }) => ring)}::text[], ${texts(({ id }) => id)}::text[],
           ${texts(({ fingerprint }) => fingerprint)}::text[], ${texts(({ signs }) => String(signs))}::text[])
      as loaded (ring, key_id, fingerprint, signs)`;
  await inTransaction(sql, async (tx) => {
    await tx`
      delete from edge_keys k where edge = ${edge} and host = ${host} and not exists (
        select from ${loaded}
         where (loaded.ring, loaded.key_id, loaded.fingerprint) = (k.ring, k.key_id, k.fingerprint))`;
    await tx`
      insert into edge_keys (edge, host, ring, key_id, fingerprint, signs, since)
      select ${edge}, ${host}, ring, key_id, fingerprint, signs::boolean, statement_timestamp() from ${loaded}
      on conflict (edge, host, key_id) do update set signs = excluded.signs`;
    await tx`
      update agents set keys_seen_at = statement_timestamp(), keys_error = '' where edge = ${edge} and host = ${host}`;
  });
}

/** Notes that an instance of `serve` signs with a key. */
export async function reportSigner(
  sql: Sql,
  { instance, ring, id }: { instance: string; ring: string; id: string },
): Promise<void> {
  await sql`
    insert into signers (instance, ring, key_id, seen_at) values (${instance}, ${ring}, ${id}, statement_timestamp())
    on conflict (instance, key_id) do update set (ring, seen_at) = (excluded.ring, excluded.seen_at)`;
}

const hour = 3600;

/**
 * Makes the function that notes, before a link without a token is given away, when it ends. Ends are rounded up to the
 * hour, so nearly always there is nothing to write.
 */
export function bareLinkNotes(sql: Sql): (keyId: string, endsAt: number) => Promise<void> {
  const noted = new Map<string, number>();
  return async (keyId, endsAt) => {
    if ((noted.get(keyId) ?? 0) >= endsAt) return;
    const rounded = Math.ceil(endsAt / hour) * hour;
    await sql`
      insert into bare_links (key_id, ends_at) values (${keyId}, to_timestamp(${rounded}::float8))
      on conflict (key_id) do update set ends_at = greatest(bare_links.ends_at, excluded.ends_at)`;
    noted.set(keyId, rounded);
  };
}
