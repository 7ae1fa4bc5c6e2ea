// Partitions of `transfers`: one for each UTC day, made before the first line of that day is stored.

import { errorCode, type Sql } from '../../db/connection.ts';
import { inTransaction } from '../../db/transaction.ts';
import { failpoint } from '../../process/failpoint.ts';
import { dateText, dayLength } from '../record/day.ts';
import { holdDimensions, writeDimensions } from './dimensions.ts';
import { keepNamesOf } from './name-rows.ts';

const lockNotAvailable = '55P03';
// "tallyday" in ASCII, as a 64-bit number: one agent makes partitions at a time.
const lock = String(0x74616c6c79646179n);
/** "tallyimp": an import of history holds it, so that retention closes no day and no other import runs meanwhile. */
export const importLock = String(0x74616c6c79696d70n);
/** "tallyshr": held shared by what counts, alone by what may meet it in a transfer or takes an import back. */
export const importSharesLock = String(0x74616c6c79736872n);

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

/** Whether no transfer of this day is stored. */
export async function isEmptyDay(sql: Sql, day: number): Promise<boolean> {
  const rows = await sql`select 1 from transfers where day = ${dateText(day)} limit 1`;
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
      await tx`delete from transfer_shares where day = ${day}`;
      await keepNamesOf(tx, day);
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
    select 1 from import_lines l where day = ${day}
      and (created_at > now() - interval '7 days'
        or exists (select from sources s where s.id = l.source_id and s.undone_at is not null)) limit 1`;
  return rows.length > 0;
}

/**
 * Drops the partition of a past day that an import has left empty when it was taken back: without it the partition would
 * not be there, and would not be closed later on. Where a reader holds it for longer than five seconds, it stays.
 * @param day as text
 * @param importId the import: its lines of that day do not matter
 */
export async function dropEmptyDay(sql: Sql, day: string, importId: string): Promise<void> {
  if (day >= dateText(Math.floor(Date.now() / dayLength))) return;
  try {
    await dropIfEmpty(sql, day, importId);
  } catch (error) {
    if (errorCode(error) !== lockNotAvailable) throw error;
  }
}

async function dropIfEmpty(sql: Sql, day: string, importId: string): Promise<void> {
  const name = `transfers_${day.replaceAll('-', '')}`;
  await inTransaction(sql, async (tx) => {
    await holdDimensions(tx);
    await tx`select pg_advisory_xact_lock(${lock})`;
    const [found] = await tx`select to_regclass(${name}) is not null as there`;
    if (!found?.there) return;
    await tx`set local lock_timeout = '5s'`;
    await tx.unsafe(`lock table ${name} in access exclusive mode`);
    const [used] = await tx`
      select from transfers where day = ${day}
      union all select from import_lines where day = ${day} and source_id <> ${importId} limit 1`;
    if (used) return;
    await writeDimensions(tx, day);
    await tx`delete from stale_days where day = ${day}`;
    await tx.unsafe(`drop table ${name}`);
  });
}

/** 2026-11-21, from transfers_20261121. */
function dayOfPartition(name: string): string {
  return name.replace(/^.*(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3');
}

function partitionName(day: number): string {
  return `transfers_${dateText(day).replaceAll('-', '')}`;
}
