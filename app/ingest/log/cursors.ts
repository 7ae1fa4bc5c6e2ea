// Cursors: which source a file is, and from which position to read on.

import { hostname } from 'node:os';
import type { Sql } from '../../db/connection.ts';
import type { Input } from './line-reader.ts';
import { readFully } from './log-file.ts';
import { hashTail } from './mark.ts';

type Cursor = {
  id: string;
  /** `history`: an import's. An agent that goes on with one makes it its own. */
  kind: 'file' | 'stream' | 'history';
  position: number;
  lines: number;
  tail: Uint8Array;
};

/** What people are told about a source. None of it identifies the source: its content does. */
export type About = { kind: 'file' | 'history'; path: string; edge: string };

export type Resumption =
  /** Read on from the cursor. `replaced`: other sources begin alike and hold other content. */
  | { kind: 'cursor'; cursor: Cursor; replaced: boolean }
  /** The content ends before the cursor of its source: it is an older copy, or was cut. Nothing in it is new. */
  | { kind: 'behind'; position: number; lines: number };

type Row = {
  id: string;
  kind: Cursor['kind'];
  position: string;
  lines: string;
  tail: Buffer;
  tail_length: number;
};

/**
 * Finds the source that this content is, or makes one.
 * @param shorter what content is that ends before the cursor of every source that begins alike. `behind`: an older copy,
 *   for its first line has an id that no other log has. `another`: another log, for foreign logs may begin alike
 */
export async function resume(
  sql: Sql,
  input: Input,
  fingerprint: Uint8Array,
  about: About,
  shorter: 'behind' | 'another' = 'behind',
): Promise<Resumption> {
  const rows = await sql<Row[]>`
    select id, kind, position, lines, tail, tail_length from sources
    where fingerprint = ${fingerprint} order by position desc, generation`;
  let behind: { position: number; lines: number } | undefined;
  for (const row of rows) {
    const position = Number(row.position);
    const tail = Buffer.alloc(row.tail_length);
    const length = await readFully(input, tail, position - row.tail_length);
    if (length < tail.length) behind ??= { position, lines: Number(row.lines) };
    else if (row.tail_length === 0 || hashTail(tail).equals(row.tail)) {
      const kind = await takeOver(sql, row, about);
      if (kind === undefined) return resume(sql, input, fingerprint, about, shorter);
      const cursor = { id: row.id, kind, position, lines: Number(row.lines), tail };
      return { kind: 'cursor', cursor, replaced: false };
    }
  }
  if (behind !== undefined && shorter === 'behind') return { kind: 'behind', ...behind };
  const created = await sql<{ id: string }[]>`
    insert into sources (fingerprint, generation, kind, edge, host, path)
    values (${fingerprint}, ${rows.length}, ${about.kind}, ${about.edge}, ${hostname()}, ${about.path})
    on conflict (fingerprint, generation) do nothing
    returning id`;
  // Another agent was faster: its row is ours too.
  if (!created[0]) return resume(sql, input, fingerprint, about, shorter);
  const cursor = { id: created[0].id, kind: about.kind, position: 0, lines: 0, tail: Buffer.alloc(0) };
  return { kind: 'cursor', cursor, replaced: rows.length > 0 };
}

/**
 * A log that was imported and is followed from now on is no import any more: it cannot be taken back. Undefined where it
 * is being taken back at this moment.
 */
async function takeOver(sql: Sql, { id, kind }: Row, about: About): Promise<Cursor['kind'] | undefined> {
  if (kind !== 'history' || about.kind === 'history') return kind;
  const taken = await sql`
    update sources set kind = ${about.kind} where id = ${id} and undone_at is null returning id`;
  return taken[0] ? about.kind : undefined;
}

/** The log that was followed last on this host. */
export async function lastSource(
  sql: Sql,
  edge: string,
): Promise<{ id: string; path: string; position: string } | undefined> {
  const [last] = await sql<{ id: string; path: string; position: string }[]>`
    select id, path, position from sources
    where kind = 'file' and edge = ${edge} and host = ${hostname()}
    order by updated_at desc, id desc limit 1`;
  return last;
}

/** Other hosts that call themselves by this edge's name and have counted lately. */
export async function namesakes(sql: Sql, edge: string): Promise<string[]> {
  const rows = await sql<{ host: string }[]>`
    select distinct host from sources
    where kind = 'file' and edge = ${edge} and host <> ${hostname()} and host <> ''
      and updated_at > now() - interval '1 day'`;
  return rows.map((row) => row.host);
}
