// Does a link still work that is signed with a key? What is known of it, for `tallygate keys retire`.

import type { Sql } from '../db/connection.ts';

/** Unused for so long, a key of which nothing else is known has no links that anybody uses. */
const quietDays = 30;
/** An instance that signed with a key in the last so many seconds still does. It reports every ten. */
const stillSigns = 60;

export type LinksOfKey = {
  /** instances of `serve` that still sign with it */
  signers: string[];
  /** when the last link ends that the service gave away; undefined: it gave none */
  endsAt: Date | undefined;
  /** when it last opened a file, within 30 days */
  usedAt: Date | undefined;
};

/**
 * The links of a key. A token's link is signed when it is issued or read. So a token that was issued while some instance
 * signed with the key may have a link of it, and it ends when the token does.
 */
export async function linksOf(sql: Sql, keyId: string): Promise<LinksOfKey> {
  const [row] = await sql<{ signers: string[]; endsAt: Date | null; usedAt: Date | null }[]>`
    select (select coalesce(array_agg(instance order by instance), '{}') from signers
             where key_id = ${keyId} and seen_at > now() - ${stillSigns} * interval '1 second') as signers,
           greatest((select ends_at from bare_links where key_id = ${keyId}),
                    (select max(greatest(t.expires_at, t.finish_by)) from tokens t
                      where t.revoked_at is null and t.created_at
                            <= (select max(seen_at) + interval '1 minute' from signers where key_id = ${keyId})))
             as "endsAt",
           (select max(last_at) from key_usage
             where key_id = ${keyId} and day >= (now() at time zone 'UTC')::date - ${quietDays}::int) as "usedAt"`;
  return {
    signers: row?.signers ?? [],
    endsAt: row?.endsAt ?? undefined,
    usedAt: row?.usedAt ?? undefined,
  };
}
