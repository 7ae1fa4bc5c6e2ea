// Partitions of `transfers`: one for each UTC day, made before the first line of that day is stored.

import type { Sql } from '../../db/connection.ts';
import { inTransaction } from '../../db/transaction.ts';
import { failpoint } from '../../process/failpoint.ts';
import { dateText } from '../record/day.ts';
import { holdDimensions, writeDimensions } from './dimensions.ts';

// "tallyday" in ASCII, as a 64-bit number: one agent makes partitions at a time.
const lock = String(0x74616c6c79646179n);
/** "tallyimp": an import of history holds it, so that retention closes no day and no other import runs meanwhile. */
export const importLock = String(0x74616c6c79696d70n);

/**
 * Makes the missing partitions of these days. Returns the days that are closed: their transfers were dropped, so their
 * lines can no longer be counted.
 */
export async function openDays(sql: Sql, days: Iterable<number>): Promise<Set<number>> {
  const wanted = [...days];
  return inTransaction(sql, async (tx) => {
    await tx`select pg_advisory_xact_lock(${lock})`;
    failpoint('opening_days');
    const rows = await tx`
      select (day - date '1970-01-01') as number from closed_days
      where day = any(${wanted.map(dateText)}::date[])`;
    const closed = new Set(rows.map((row) => row.number as number));
    for (const day of wanted) {
      if (closed.has(day)) continue;
      const name = partitionName(day);
      const [found] = await tx`select to_regclass(${name}) is not null as there`;
      if (found?.there) continue;
      // Made apart and then attached, so that others go on writing: `create table ... partition of` would stop them.
      await tx.unsafe(`create table ${name} (like transfers including all)`);
      await tx.unsafe(
        `alter table transfers attach partition ${name} for values from ('${dateText(day)}') to ('${dateText(day + 1)}')`,
      );
    }
    return closed;
  });
}

/**
 * Whether no transfer of this open day is stored. Its partition is asked: a plan for the table itself locks the partitions
 * of all days, and of ten years of history there are thousands.
 */
export async function isEmptyDay(sql: Sql, day: number): Promise<boolean> {
  const rows = await sql.unsafe(`select from ${partitionName(day)} limit 1`);
  return rows.length === 0;
}

/**
 * Drops the transfers of all days before `first`, and closes those days. What they came to stays in the tallies and in
 * tally_dimensions. Does nothing while history is imported. A day that was imported lately stays open for a week, so that
 * another log of that time can be imported, too.
 */
export async function closeOldDays(sql: Sql, first: number): Promise<string[]> {
  // Names are compared, not dates. PostgreSQL may evaluate this for any table before it looks whose partition it is, and
  // would fail on a name without a date.
  const rows = await sql<{ name: string }[]>`
    select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'transfers'::regclass and c.relname < ${partitionName(first)} order by 1`;
  const closed: string[] = [];
  for (const { name } of rows) {
    const day = dayOfPartition(name);
    if (await wasImportedLately(sql, day)) continue;
    const done = await inTransaction(sql, async (tx) => {
      await holdDimensions(tx);
      const [free] = await tx`select pg_try_advisory_xact_lock(${importLock}) as free`;
      if (!free?.free) return false;
      await tx`select pg_advisory_xact_lock(${lock})`;
      // Writers of that day wait for us and then find it closed. We do not wait long, so that no queue forms behind us.
      await tx`set local lock_timeout = '5s'`;
      await tx.unsafe(`lock table ${name} in access exclusive mode`);
      await writeDimensions(tx, day);
      await tx`insert into closed_days (day) values (${day}) on conflict do nothing`;
      await tx`delete from stale_days where day = ${day}`;
      await tx`delete from import_lines where day = ${day}`;
      await tx.unsafe(`drop table ${name}`);
      return true;
    });
    if (!done) break;
    closed.push(day);
  }
  return closed;
}

async function wasImportedLately(sql: Sql, day: string): Promise<boolean> {
  const rows = await sql`
    select 1 from import_lines where day = ${day} and created_at > now() - interval '7 days' limit 1`;
  return rows.length > 0;
}

/** 2026-11-21, from transfers_20261121. */
function dayOfPartition(name: string): string {
  return name.replace(/^.*(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3');
}

function partitionName(day: number): string {
  return `transfers_${dateText(day).replaceAll('-', '')}`;
}
