// What becomes of a held use of a code. It is spent when a copy of one of its files is complete, and released when its
// time is over without one. The ingester counts complete copies in token_usage; what a client says plays no part.

import type { Sql } from '../../db/connection.ts';

// A download that began in time may end after finish-by, and its record is written when it ends. So a hold is kept this
// much longer than finish-by.
const graceMs = 6 * 3_600_000;

/** From when on a held use is free again if nothing was completed. The form, its words and the page all go by this. */
export const freeAgainAt = (finishBy: Date) => new Date(finishBy.getTime() + graceMs);

/** Settles the holds of one code. Returns whether that made a use of it free again. */
export async function settleCode(sql: Sql, digest: Buffer, now: number): Promise<boolean> {
  const { released } = await settle(sql, now, sql`r.code_digest = ${digest}`);
  return released > 0;
}

/** Settles all held uses. `serve` calls this every few seconds. */
export function settleAll(sql: Sql, now: number): Promise<{ spent: number; released: number }> {
  return settle(sql, now, sql`true`);
}

async function settle(
  sql: Sql,
  now: number,
  which: ReturnType<Sql>,
): Promise<{ spent: number; released: number }> {
  // Skips what another instance is settling. Codes are locked in the order of their digests, as redeeming does.
  const [row] = await sql<{ spent: number; released: number }[]>`
    with held as materialized (
      select r.id, r.code_digest, r.finish_by,
             exists (select from token_usage u where u.token_id = r.token_id and u.copies > 0) as completed
        from redemptions r
       where r.state = 'held' and ${which}
         for update of r skip locked
    ),
    settled as (
      update redemptions r set state = case when held.completed then 'spent' else 'released' end
        from held
       where r.id = held.id
         and (held.completed or held.finish_by < ${new Date(now - graceMs)})
      returning r.code_digest, r.state
    ),
    sums as (
      select code_digest, count(*) as ended, count(*) filter (where state = 'spent') as spent
        from settled group by code_digest
    ),
    locked as (
      select digest from codes where digest in (select code_digest from sums) order by digest for update
    ),
    counted as (
      update codes c set held = c.held - sums.ended, spent = c.spent + sums.spent
        from sums join locked on locked.digest = sums.code_digest
       where c.digest = sums.code_digest
    )
    select count(*) filter (where state = 'spent')::int as spent,
           count(*) filter (where state = 'released')::int as released
      from settled`;
  return row ?? { spent: 0, released: 0 };
}
