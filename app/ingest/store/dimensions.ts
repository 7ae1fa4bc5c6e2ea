// tally_dimensions: downloads and bytes by referrer host, client and country, for each day and file; and how many different
// visitors each day had (tally_visitors, tally_file_visitors). Now and then they are
// computed again for days that changed. They are not counted line by line: a batch would touch three of these sums for each
// of its transfers, and nobody reads them by the second.

import type postgres from 'postgres';
import type { Sql } from '../../db/connection.ts';
import { inTransaction } from '../../db/transaction.ts';
import { downloadInSql } from '../fold/transfer.ts';

// "tallyrol" in ASCII: one process refreshes at a time.
const lock = String(0x74616c6c79726f6cn);

/**
 * Computes the sums of every day that changed. A day is first moved from 'changed' to 'rolling', in a transaction of its
 * own: so a batch that commits meanwhile marks it again, and does not wait.
 * @returns the days, as text; undefined when another process is at it
 */
export async function refreshDimensions(sql: Sql): Promise<string[] | undefined> {
  return inTransaction(sql, async (tx) => {
    const [held] = await tx`select pg_try_advisory_xact_lock(${lock}) as held`;
    if (!held?.held) return undefined;
    const days = await claimDays(sql);
    for (const day of days) await writeDimensions(tx, day);
    await tx`delete from stale_days where phase = 'rolling' and day = any(${days}::date[])`;
    return days;
  });
}

async function claimDays(sql: Sql): Promise<string[]> {
  return inTransaction(sql, async (tx) => {
    const changed = await tx<{ day: string }[]>`
      delete from stale_days where phase = 'changed' returning day::text`;
    await tx`
      insert into stale_days (day, phase)
      select unnest(${changed.map((row) => row.day)}::date[]), 'rolling' on conflict do nothing`;
    // With the days of a process that died before it was done.
    const rows = await tx<{ day: string }[]>`
      select day::text from stale_days where phase = 'rolling' order by day`;
    return rows.map((row) => row.day);
  });
}

/**
 * Waits until nobody else refreshes, and keeps others from it until the transaction ends. Whoever calls `writeDimensions`
 * holds this first, before any lock on transfers: otherwise two would insert the same sums, or wait for each other.
 */
export async function holdDimensions(tx: postgres.TransactionSql): Promise<void> {
  await tx`select pg_advisory_xact_lock(${lock})`;
}

/** Computes a day's sums anew from its transfers. A closed day has none left, and keeps what it has. */
export async function writeDimensions(tx: postgres.TransactionSql, day: string): Promise<void> {
  const [closed] = await tx`select 1 from closed_days where day = ${day}`;
  if (closed) return;
  await tx`delete from tally_dimensions where day = ${day}`;
  await tx`
    insert into tally_dimensions (file_id, day, class, edge, dimension, value, downloads, bytes)
    select t.file_id, t.day, t.class, t.edge, d.dimension, d.value, sum(t.downloads), sum(t.bytes)
    from (
      select file_id, day, class, edge, origin_id, sum(${tx.unsafe(downloadInSql('state'))}) as downloads, sum(sent) as bytes
      from transfers where day = ${day}
      group by file_id, day, class, edge, origin_id
    ) t
    join origins o on o.id = t.origin_id
    cross join lateral (values
      ('referrer', o.referrer_host), ('client', o.client), ('country', o.country)
    ) d(dimension, value)
    group by t.file_id, t.day, t.class, t.edge, d.dimension, d.value`;
  await writeVisitors(tx, day);
}

/** Counts a day's different visitors anew: those who downloaded anything, and those of each file. */
async function writeVisitors(tx: postgres.TransactionSql, day: string): Promise<void> {
  const downloads = tx`transfers where day = ${day} and ${tx.unsafe(downloadInSql('state'))} = 1`;
  await tx`delete from tally_visitors where day = ${day}`;
  await tx`
    insert into tally_visitors (day, class, visitors)
    select day, class, count(*) from (select distinct day, class, visitor from ${downloads}) v
    group by day, class`;
  await tx`delete from tally_file_visitors where day = ${day}`;
  await tx`
    insert into tally_file_visitors (file_id, day, class, visitors)
    select file_id, day, class, count(*)
    from (select distinct file_id, day, class, visitor from ${downloads}) v
    group by file_id, day, class`;
}
