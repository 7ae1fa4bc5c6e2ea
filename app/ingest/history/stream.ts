// Records from a stream (`tallygate ingest -`, fed by a shipper). A stream has no position to come back to, so each record
// is counted once by its request id: the id is stored in the transaction that counts the record, and a record whose id is
// there already is a duplicate. Ids are kept for two days; older records are refused.

import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type postgres from 'postgres';
import type { Sql } from '../../db/connection.ts';
import { ServerClock } from '../../db/server-clock.ts';
import { inTransaction } from '../../db/transaction.ts';
import { type Batch, futureLimit, type Reject, samplesPerBatch, streamLines } from '../fold/batch.ts';
import { Fold } from '../fold/fold.ts';
import { folderPolicies } from '../fold/folders.ts';
import { sampleOf } from '../fold/sample.ts';
import { type Input, LineReader } from '../log/line-reader.ts';
import type { Classified } from '../record/classify.ts';
import { dateText, dayLength, dayOf } from '../record/day.ts';
import { droppedOrigin, Names } from '../record/names.ts';
import { type Entry, type Reason, readRecord } from '../record/record.ts';
import { openDays } from '../store/partitions.ts';
import { type StoringPolicy, storeWithin } from '../store/store-batch.ts';

/** A batch is stored when the stream has been silent for so long (milliseconds). */
const silence = 100;
/** Shorter than ids are kept (app/agent/upkeep.ts), so that the id of any record we accept is still there. */
const oldest = 2 * dayLength;

type Numbered = { entry: Entry; line: number; position: number };
type Taken = { entries: Numbered[]; rejects: Reject[]; position: number; lines: number };
export type StreamOutcome = { lines: number; requests: number; duplicates: number; rejects: number };

/** Counts the records of a stream until it ends or `signal` is aborted. */
export async function ingestStream(
  sql: Sql,
  stream: AsyncIterable<Buffer>,
  about: { edge: string; policy: StoringPolicy; classify: (userAgent: string) => Classified },
  signal: AbortSignal,
): Promise<StreamOutcome> {
  const [source] = await sql<{ id: string }[]>`
    insert into sources (fingerprint, kind, edge, path) values (${randomBytes(32)}, 'stream', ${about.edge}, '-')
    returning id`;
  const input = new StreamInput(stream);
  const lines = new LineReader(input, 0, Buffer.alloc(0));
  const outcome = { lines: 0, requests: 0, duplicates: 0, rejects: 0 };
  let position = 0;
  // A stream brings lines of other hosts: if our clock is behind, PostgreSQL's tells what is from the future.
  const clock = new ServerClock();
  await clock.look(sql);
  while (!signal.aborted && !(input.ended && lines.unfinished === 0)) {
    const taken = await take(lines, input, clock, outcome.lines);
    if (taken.lines === 0) continue;
    const names = new Names(about.classify, folderPolicies(about.policy.folders));
    const stored = await store(sql, source?.id ?? '', position, taken, names, about.policy);
    await clock.look(sql);
    position = taken.position;
    outcome.lines += taken.lines;
    outcome.requests += stored.requests;
    outcome.duplicates += stored.duplicates;
    outcome.rejects += taken.lines - stored.requests - stored.duplicates;
  }
  return outcome;
}

async function take(
  lines: LineReader,
  input: StreamInput,
  clock: ServerClock,
  linesBefore: number,
): Promise<Taken> {
  const taken: Taken = { entries: [], rejects: [], position: 0, lines: 0 };
  const now = Math.max(Date.now(), clock.now());
  const reject = (reason: Reason, bytes: Uint8Array, line: number, position: number) =>
    taken.rejects.push({ line, position, reason, sample: sampleOf(bytes) });
  const onLine = (buffer: Buffer, start: number, end: number, position: number) => {
    taken.lines += 1;
    const line = linesBefore + taken.lines;
    const bytes = buffer.subarray(start, end);
    const reading = readRecord(bytes);
    if (reading.kind === 'reject') reject(reading.reason, bytes, line, position);
    else if (reading.entry.at > now + futureLimit) reject('future', bytes, line, position);
    else if (reading.entry.at < now - oldest) reject('too_old', bytes, line, position);
    else taken.entries.push({ entry: reading.entry, line, position });
    return taken.lines < streamLines;
  };
  while (lines.lines(onLine) === 'used_up' && (await lines.fill()));
  if (input.ended && lines.unfinished > 0 && taken.lines < streamLines) {
    taken.lines += 1;
    reject('unfinished', lines.unfinishedHead, linesBefore + taken.lines, lines.position);
    lines.abandonUnfinished();
  }
  taken.position = lines.position;
  return taken;
}

async function store(
  sql: Sql,
  sourceId: string,
  from: number,
  taken: Taken,
  names: Names,
  policy: StoringPolicy,
): Promise<{ requests: number; duplicates: number }> {
  const days = new Set(taken.entries.map(({ entry }) => dayOf(entry.at)));
  const closed = await openDays(sql, days);
  return inTransaction(sql, async (tx) => {
    const fresh = await storeIds(tx, taken.entries);
    const fold = new Fold(names, streamLines);
    const rejects = [...taken.rejects];
    let duplicates = 0;
    let lastAt: number | undefined;
    for (const { entry, line, position } of taken.entries) {
      if (closed.has(dayOf(entry.at))) {
        rejects.push({ line, position, reason: 'day_closed', sample: entry.id });
      } else if (fresh.delete(entry.id)) {
        const origin = names.originOf(entry);
        if (origin === droppedOrigin) {
          rejects.push({ line, position, reason: 'filtered_agent', sample: '' });
          continue;
        }
        fold.addEntry(entry, origin);
        lastAt = entry.at;
      } else {
        duplicates += 1;
        rejects.push({ line, position, reason: 'duplicate', sample: entry.id });
      }
    }
    fold.seal();
    const division = { fresh: new Int32Array(0), others: fold.sorted() };
    await storeWithin(tx, batchOf(sourceId, from, taken, fold, rejects, lastAt), division, policy);
    return { requests: fold.requests, duplicates };
  });
}

/** Stores ids, sorted as two streams may bring the same; returns those that were not there. */
async function storeIds(tx: postgres.TransactionSql, entries: readonly Numbered[]): Promise<Set<string>> {
  const days = new Map(entries.map(({ entry }) => [entry.id, dateText(dayOf(entry.at))]));
  const ids = [...days.keys()].sort();
  const rows = await tx<{ id: string }[]>`
    insert into stream_requests (id, day)
    select decode(id, 'hex'), day from unnest(${ids}::text[], ${ids.map((id) => days.get(id) ?? '')}::date[]) as u(id, day)
    on conflict (id) do nothing
    returning encode(id, 'hex') as id`;
  return new Set(rows.map((row) => row.id));
}

function batchOf(
  sourceId: string,
  from: number,
  taken: Taken,
  fold: Fold,
  rejects: Reject[],
  lastAt: number | undefined,
): Batch {
  const rejectCounts = new Map<Reason, number>();
  for (const { reason } of rejects) rejectCounts.set(reason, (rejectCounts.get(reason) ?? 0) + 1);
  const to = { position: taken.position, lines: 0, tail: Buffer.alloc(0), tailLength: 0 };
  return {
    sourceId,
    from,
    to,
    lines: taken.lines,
    fold,
    rejects: rejects.filter(({ reason }) => hasSample(reason)).slice(0, samplesPerBatch),
    rejectCounts,
    lastAt,
    seenSize: taken.position,
  };
}

/** A shipper that sends again makes many duplicates: samples of them would be another copy of the log. */
function hasSample(reason: Reason): boolean {
  return reason !== 'duplicate' && !reason.startsWith('filtered_');
}

/** A stream as an input: `read` answers 0 when nothing has come for a while, so that what there is gets stored. */
class StreamInput implements Input {
  ended = false;
  readonly #chunks: AsyncIterator<Buffer>;
  #pending: Promise<IteratorResult<Buffer>> | undefined;
  #chunk: Buffer = Buffer.alloc(0);

  constructor(stream: AsyncIterable<Buffer>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  async read(buffer: Buffer, offset: number, length: number): Promise<number> {
    if (this.#chunk.length === 0 && !(await this.#wait())) return 0;
    const count = Math.min(length, this.#chunk.length);
    this.#chunk.copy(buffer, offset, 0, count);
    this.#chunk = this.#chunk.subarray(count);
    return count;
  }

  async #wait(): Promise<boolean> {
    this.#pending ??= this.#chunks.next();
    const silent = new AbortController();
    const next = await Promise.race([
      this.#pending,
      delay(silence, undefined, { signal: silent.signal }).catch(() => undefined),
    ]);
    silent.abort();
    if (!next) return false;
    this.#pending = undefined;
    if (next.done) this.ended = true;
    else this.#chunk = next.value;
    return !this.ended;
  }
}
