// Partitions of `transfers`: one for each UTC day, made before the first line of that day is stored.

import type { Sql } from '../db/connection.ts';
import { dayLength } from './fold.ts';

// "tallyday" in ASCII, as a 64-bit number: one agent makes partitions at a time.
const lock = String(0x74616c6c79646179n);

/** 2026-11-21, from days since 1970. */
export function dateText(day: number): string {
  return new Date(day * dayLength).toISOString().slice(0, 10);
}

/**
 * Makes the partitions of these days where they are missing, and returns the days that are closed: their
 * transfers were dropped, and lines of theirs can no longer be counted.
 */
export async function openDays(sql: Sql, days: Iterable<number>): Promise<Set<number>> {
  const wanted = [...days];
  return sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${lock})`;
    const rows = await tx`
      select (day - date '1970-01-01') as number from closed_days
      where day = any(${wanted.map(dateText)}::date[])`;
    const closed = new Set(rows.map((row) => row.number as number));
    for (const day of wanted) {
      if (closed.has(day)) continue;
      const name = partitionName(day);
      const [found] = await tx`select to_regclass(${name}) is not null as there`;
      if (found?.there) continue;
      // Made aside and attached: unlike `create table ... partition of`, that lets others go on writing.
      await tx.unsafe(`create table ${name} (like transfers including all)`);
      await tx.unsafe(
        `alter table transfers attach partition ${name} for values from ('${dateText(day)}') to ('${dateText(day + 1)}')`,
      );
    }
    return closed;
  });
}

export function partitionName(day: number): string {
  return `transfers_${dateText(day).replaceAll('-', '')}`;
}
