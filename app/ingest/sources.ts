// Cursors: which source a file is, and from where to read on.

import type { Sql } from '../db/connection.ts';
import { hashTail } from './batch-reader.ts';
import type { Input } from './line-reader.ts';
import { readFully } from './log-file.ts';

export type Cursor = {
  id: string;
  position: number;
  lines: number;
  tail: Uint8Array;
};

export type Resumption =
  /** Read on from the cursor. `replaced`: sources of the same beginning hold other content. */
  | { kind: 'cursor'; cursor: Cursor; replaced: boolean }
  /** The content ends before the cursor of its source: an older copy, or it was cut; nothing of it is new. */
  | { kind: 'behind'; position: number };

type Row = { id: string; position: string; lines: string; tail: Buffer; tail_length: number };

/** Finds the source that this content is, or makes one. */
export async function resume(
  sql: Sql,
  input: Input,
  fingerprint: Uint8Array,
  about: { kind: 'file' | 'history'; path: string; edge: string },
): Promise<Resumption> {
  const rows = await sql<Row[]>`
    select id, position, lines, tail, tail_length from sources
    where fingerprint = ${fingerprint} order by generation`;
  let behind: number | undefined;
  for (const row of rows) {
    const position = Number(row.position);
    const tail = Buffer.alloc(row.tail_length);
    const length = await readFully(input, tail, position - row.tail_length);
    if (length < tail.length) behind = position;
    else if (row.tail_length === 0 || hashTail(tail).equals(row.tail)) {
      return {
        kind: 'cursor',
        cursor: { id: row.id, position, lines: Number(row.lines), tail },
        replaced: false,
      };
    }
  }
  if (behind !== undefined) return { kind: 'behind', position: behind };
  const created = await sql<{ id: string }[]>`
    insert into sources (fingerprint, generation, kind, edge, path)
    values (${fingerprint}, ${rows.length}, ${about.kind}, ${about.edge}, ${about.path})
    on conflict (fingerprint, generation) do nothing
    returning id`;
  // Another agent was faster: its row is ours too.
  if (!created[0]) return resume(sql, input, fingerprint, about);
  const cursor = { id: created[0].id, position: 0, lines: 0, tail: Buffer.alloc(0) };
  return { kind: 'cursor', cursor, replaced: rows.length > 0 };
}
