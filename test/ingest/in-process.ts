// Counting without an agent: text into the tables through the same reader and writer, for tests of what is
// counted rather than of how a log is followed.

import { createHash } from 'node:crypto';
import { BatchReader } from '../../app/ingest/fold/batch-reader.ts';
import type { Policy } from '../../app/ingest/fold/transfer.ts';
import { resume } from '../../app/ingest/log/cursors.ts';
import type { Input } from '../../app/ingest/log/line-reader.ts';
import { type ClassPatterns, createClassifier } from '../../app/ingest/record/classify.ts';
import { readRecord } from '../../app/ingest/record/record.ts';
import { Writer } from '../../app/ingest/store/writer.ts';
import type { TestDatabase } from '../harness/postgres.ts';

export const policy = { minBytes: 1, completeRatio: 0.95, retryGrace: 600 };

/** An input over bytes in memory. */
function inputOf(bytes: Uint8Array): Input {
  const all = Buffer.from(bytes);
  return {
    async read(buffer, offset, length, position) {
      return position >= all.length ? 0 : all.copy(buffer, offset, position, position + length);
    },
  };
}

export function writerFor(
  database: TestDatabase,
  options: ClassPatterns & { folders?: Policy['folders'] } = {},
): Writer {
  const { folders = [], ...patterns } = options;
  return new Writer({
    databaseUrl: database.url,
    policy: { ...policy, folders },
    classify: createClassifier(patterns),
    records: true,
    stallAfter: 60_000,
  });
}

/** Counts a log's text as an agent would; `lines` in a batch at most. Again from its cursor when called again. */
export async function count(writer: Writer, text: string | Uint8Array, lines = 100_000): Promise<void> {
  const bytes = Buffer.from(text as string);
  const firstLine = bytes.subarray(0, bytes.indexOf(10));
  const fingerprint = createHash('sha256').update(firstLine).digest();
  const input = inputOf(bytes);
  const found = await resume(writer.sql, input, fingerprint, { kind: 'file', path: '/log', edge: 'fra1' });
  if (found.kind === 'behind') return;
  const judge = { readLine: readRecord, now: Date.now, closedDays: writer.closedDays };
  const reader = new BatchReader(input, found.cursor, judge, { transfers: 50_000, lines });
  await writer.storeAll((lexicon) => reader.next(found.cursor.id, lexicon, 0), new AbortController().signal);
}

/** Everything that is counted, in a form that two databases can be compared by. */
export async function snapshot(database: TestDatabase): Promise<Record<string, readonly unknown[]>> {
  const { sql } = database;
  const tables: Record<string, readonly unknown[]> = {};
  tables.transfers = await sql`
    select visitor, version_id, file_id, origin_id, sent, size, covered_to, first_at, last_at, day, requests,
      class, state, token_id, edge, covered::text, began_at,
      min_bytes, complete_from
    from transfers order by visitor, version_id, token_id, day`;
  for (const table of [
    'tallies',
    'tally_totals',
    'tally_days',
    'tally_months',
    'key_usage',
    'tally_dimensions',
    'tally_visitors',
    'tally_file_visitors',
    'estimated_days',
  ]) {
    tables[table] = (await sql.unsafe(`select row_to_json(t)::text as row from ${table} t order by 1`)).map(
      (row) => row.row as string,
    );
  }
  tables.token_usage = await sql`
    select token_id, version_id, sent, covered_to, covered::text, copies, requests, last_at
    from token_usage order by token_id, version_id`;
  for (const table of ['files', 'file_versions', 'origins']) {
    tables[table] = (
      await sql.unsafe(`select (to_jsonb(t) - 'created_at')::text as row from ${table} t order by 1`)
    ).map((row) => row.row as string);
  }
  return Object.fromEntries(Object.entries(tables).map(([name, rows]) => [name, [...rows]]));
}
