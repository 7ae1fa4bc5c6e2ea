// Imports that rest on others: a line that two logs hold was counted with the one that was read first. Without that one it
// would have been counted with the other, so the other has to be taken back, too.

import type { Sql } from '../../../db/connection.ts';
import { LineCounts } from '../line-counts.ts';
import { halvesOf } from '../seen-lines.ts';

/**
 * The sources that must be taken back together with these: those themselves, and all that were read after one of them and
 * hold lines of it.
 * @param ids of sources
 */
export async function withThoseThatRestOnThem(sql: Sql, ids: readonly string[]): Promise<string[]> {
  const all = new Set(ids);
  for (let size = 0; size < all.size; ) {
    size = all.size;
    for (const id of await restingOn(sql, [...all])) all.add(id);
  }
  return [...all];
}

async function restingOn(sql: Sql, ids: readonly string[]): Promise<Set<string>> {
  const resting = new Set<string>();
  const days = await sql<{ day: string }[]>`
    select distinct l.day::text from import_lines l
    join import_lines later on later.day = l.day and later.created_at > l.created_at
    where l.source_id = any(${[...ids]}::bigint[]) and later.source_id <> all(${[...ids]}::bigint[])`;
  for (const { day } of days) await lookThrough(sql, day, new Set(ids), resting);
  return resting;
}

/** Reads a day's lines in the order in which they were counted. */
async function lookThrough(
  sql: Sql,
  day: string,
  ids: ReadonlySet<string>,
  resting: Set<string>,
): Promise<void> {
  const theirs = new LineCounts();
  const rows = sql<{ source_id: string; hashes: Buffer }[]>`
    select source_id, hashes from import_lines where day = ${day} order by created_at, position`;
  for await (const [row] of rows.cursor(1)) {
    if (!row || resting.has(row.source_id)) continue;
    const halves = halvesOf(row.hashes);
    const isTheirs = ids.has(row.source_id);
    for (let at = 0; at < halves.length; at += 2) {
      const [hi, lo] = [halves[at] as number, halves[at + 1] as number];
      if (isTheirs) theirs.add(hi, lo);
      else if (theirs.has(hi, lo)) {
        resting.add(row.source_id);
        break;
      }
    }
  }
}
