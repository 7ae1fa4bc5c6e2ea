// One batch, one transaction: either the cursor moves and all that was read up to it is counted, or neither. There is no
// other state, and so the counts are exact whatever dies at whatever moment.

import { pipeline } from 'node:stream/promises';
import type postgres from 'postgres';
import { connect, type Sql } from '../../db/connection.ts';
import { inTransaction } from '../../db/transaction.ts';
import { failpoint } from '../../process/failpoint.ts';
import { type Batch, type ImportOf, type LineHashes, samplesPerSource } from '../fold/batch.ts';
import { type Policy, withPolicy } from '../fold/transfer.ts';
import { dateText } from '../record/day.ts';
import { copyNewTallies, copyRows } from './copy-rows.ts';
import type { Division } from './known-transfers.ts';
import * as statements from './merge-sql.ts';
import { storeEstimatedDays, storeKeyUses, storeNames } from './name-rows.ts';
import { importSharesLock } from './partitions.ts';
import * as shares from './shares-sql.ts';
import { storeTokenUsage } from './token-usage.ts';
import { totalsStatements } from './totals-sql.ts';

/** What is a download, and how long a token with a limit has after its last copy (seconds). */
export type StoringPolicy = Policy & { readonly retryGrace: number };

/** The policy that the configuration says. */
export function storingPolicy(config: { count: Policy; tokens: { retryGrace: number } }): StoringPolicy {
  return { ...config.count, retryGrace: config.tokens.retryGrace };
}

/** An import holds a request that may have been counted live. Nothing of the batch was counted. */
export class CountedLive extends Error {
  constructor(readonly of: { host: string; path: string; at: Date }) {
    super('a request of this import may have been counted live');
    this.name = 'CountedLive';
  }
}

/** A cursor is not where we left it. Nothing was counted; read the cursor again. */
export class CursorMoved extends Error {
  constructor() {
    super('another agent, or a crash of the server, has moved the cursor');
    this.name = 'CursorMoved';
  }
}

/** The one connection of a process that stores batches. */
export function connectWriter(databaseUrl: string): Sql {
  return connect(databaseUrl, { max: 1, connection: { application_name: 'tallygate-ingest' } });
}

/**
 * Commits a batch on `sql`, which comes from connectWriter: the temporary tables belong to its connection.
 * After an error the caller throws the connection away and reads the cursor again. The commit may have happened and only
 * its answer was lost.
 * @throws CursorMoved
 */
export async function storeBatch(
  sql: Sql,
  batch: Batch,
  division: Division,
  policy: StoringPolicy,
): Promise<void> {
  failpoint('before_begin');
  await inTransaction(sql, (tx) => storeWithin(tx, batch, division, policy));
  // Only after the commit: a transaction that failed has stored no names.
  const { fold } = batch;
  fold.names.storedVersions = fold.versionsMet;
  fold.names.storedOrigins = fold.originsMet;
}

/** Stores a batch within a transaction of the caller's (inTransaction). */
export async function storeWithin(
  tx: postgres.TransactionSql,
  batch: Batch,
  division: Division,
  policy: StoringPolicy,
): Promise<void> {
  const { fold } = batch;
  // We do not wait for the disk: if the server crashes, cursor and tallies are lost together and the lines are read again.
  // On Citus we do wait: workers commit after the coordinator, and would keep what the coordinator loses in a crash.
  // No JIT: to compile a batch's statements takes far longer than to run them.
  // Both are set for the transaction, because behind PgBouncer each transaction may get another connection.
  // What meets in one transfer must agree on whose share is whose: live requests may store theirs side by side, an import
  // that may meet them stores its own alone.
  const lock = tx.unsafe((batch.importOf?.meetsLive ?? 'never') === 'never' ? '_shared' : '');
  await tx`
    select set_config('synchronous_commit', case when exists (select from pg_extension where extname = 'citus')
        then current_setting('synchronous_commit') else 'off' end, true), set_config('jit', 'off', true),
      pg_advisory_xact_lock${lock}(${importSharesLock})`;
  const rejectsSoFar = await moveCursor(tx, batch);
  failpoint('after_cursor');
  if (batch.rejectCounts.size > 0) await storeRejects(tx, batch, rejectsSoFar);
  if (batch.lineHashes) await storeLineHashes(tx, batch, batch.lineHashes);
  if (fold.requests === 0) return;
  await storeNames(tx, fold, batch.importOf !== undefined);
  // Only imports have estimates (--sizes).
  if (batch.importOf) await storeEstimatedDays(tx, fold);
  await tx.unsafe(statements.createBatchTables);
  const { fresh, others } = division;
  const importId = batch.importOf?.id;
  if (fresh.length > 0) {
    await copy(tx, statements.copyTransfers, copyRows(fold, fresh, policy, importId));
    await copy(tx, statements.copyDeltas, copyNewTallies(fold));
  }
  if (others.length > 0) await copy(tx, statements.copyBatch, copyRows(fold, others, policy, importId));
  const days = [...new Set(fold.day.subarray(0, fold.size))].sort((a, b) => a - b).map(dateText);
  if (others.length > 0) await mergeTransfers(tx, policy, days, batch.importOf);
  failpoint('after_transfers');
  await Promise.all([
    run(tx, statements.upsertTallies).then(() => failpoint('after_tallies')),
    run(tx, statements.deleteEmptyTallies),
    ...totalsStatements.map((statement) => run(tx, statement)),
    storeKeyUses(tx, fold, importId),
    run(tx, statements.markDaysStale, [days]),
  ]);
  await storeTokenUsage(tx, fold, policy.completeRatio, policy.retryGrace);
  failpoint('at_commit');
}

/**
 * Joins the transfers in `batch` with those that are there, and notes in `deltas` what that changes.
 * @throws CountedLive
 */
async function mergeTransfers(
  tx: postgres.TransactionSql,
  policy: Policy,
  days: string[],
  importOf: ImportOf | undefined,
): Promise<void> {
  const span = [days[0] as string, days[days.length - 1] as string];
  // All are sent at once. The first that fails fails them all.
  const [, known, look] = await Promise.all([
    run(tx, statements.lookUp),
    run(tx, statements.findKnown, span),
    run(tx, `${statements.lookUpNoMore}, ${shares.hasImports}`, span),
  ]);
  const someKnown = known.count > 0;
  const someImported = someKnown && look[0]?.imported === true;
  if (someKnown && importOf?.meetsLive === 'refused') await refuseLive(tx, span);
  await Promise.all([
    ...(someKnown ? [run(tx, statements.keepUnknown)] : []),
    ...(someImported
      ? [
          run(tx, statements.lookUp),
          run(tx, shares.keepShares, span),
          run(tx, shares.growShares, span),
          run(tx, statements.lookUpNoMore),
        ]
      : []),
    ...(someKnown ? [run(tx, withPolicy(statements.upsertTransfers, policy))] : []),
    run(tx, statements.insertTransfers),
    run(tx, statements.lookUp),
    someKnown ? run(tx, statements.computeDeltas, span) : run(tx, statements.computeFreshDeltas),
    run(tx, statements.lookUpNoMore),
  ]);
}

/** @throws CountedLive where a request of an import may have been counted live */
async function refuseLive(tx: postgres.TransactionSql, span: string[]): Promise<void> {
  await run(tx, statements.lookUp);
  const [live] = await tx.unsafe<{ host: string; path: string; at: Date }[]>(shares.findLive, span);
  await run(tx, statements.lookUpNoMore);
  if (live) throw new CountedLive(live);
}

/** postgres.js sends a query when someone awaits it. execute() sends it now, so that the order is ours. */
function run(tx: postgres.TransactionSql, statement: string, parameters: (string | string[])[] = []) {
  return tx.unsafe(statement, parameters, { prepare: true }).execute();
}

/** Moves the cursor if it stands where the batch was read; returns how many rejects its source now has. */
async function moveCursor(tx: postgres.TransactionSql, batch: Batch): Promise<number> {
  const { to, fold, lines } = batch;
  const rejects = lines - fold.requests;
  const lastAt = batch.lastAt === undefined ? null : new Date(batch.lastAt);
  const rows = await tx<{ rejects: string }[]>`
    update sources set position = ${to.position}, tail = ${to.tail}, tail_length = ${to.tailLength},
      lines = lines + ${lines}, requests = requests + ${fold.requests}, rejects = rejects + ${rejects},
      last_at = greatest(last_at, ${lastAt}), seen_size = ${batch.seenSize}, updated_at = statement_timestamp()
    where id = ${batch.sourceId} and position = ${batch.from}
    returning rejects`;
  if (!rows[0]) throw new CursorMoved();
  return Number(rows[0].rejects);
}

/** @throws CursorMoved where a cursor does not stand at the position of its source */
export async function checkCursors(sql: Sql, positions: ReadonlyMap<string, number>): Promise<void> {
  const moved = await sql`
    select from unnest(${[...positions.keys()]}::bigint[], ${[...positions.values()]}::bigint[]) as s(id, position)
    where not exists (select from sources where sources.id = s.id and sources.position = s.position)`;
  if (moved.length > 0) throw new CursorMoved();
}

async function storeRejects(tx: postgres.TransactionSql, batch: Batch, rejectsSoFar: number): Promise<void> {
  const { sourceId, rejects } = batch;
  if (rejects.length > 0 && rejectsSoFar - rejects.length < samplesPerSource) {
    await tx`
      insert into rejects (source_id, line, position, reason, sample)
      select ${sourceId}, * from unnest(${rejects.map((r) => r.line)}::bigint[],
        ${rejects.map((r) => r.position)}::bigint[], ${rejects.map((r) => r.reason)}::text[],
        ${rejects.map((r) => r.sample)}::text[])`;
  }
  const counts = [...batch.rejectCounts].sort(([a], [b]) => (a < b ? -1 : 1));
  await tx`
    insert into reject_counts as c (source_id, reason, lines)
    select ${sourceId}, * from unnest(${counts.map(([reason]) => reason)}::text[],
      ${counts.map(([, lines]) => lines)}::bigint[])
    on conflict (source_id, reason) do update set lines = c.lines + excluded.lines`;
}

/** What the lines of an import are known by later on (history/seen-lines.ts). */
async function storeLineHashes(
  tx: postgres.TransactionSql,
  { sourceId, from }: Batch,
  hashes: LineHashes,
): Promise<void> {
  const days = [...hashes].sort(([a], [b]) => a - b);
  if (days.length === 0) return;
  // As text, because postgres.js sends an array of bytes as one value.
  const hex = days.map(([, bytes]) => bytes.toString('hex'));
  await tx`
    insert into import_lines (source_id, day, position, hashes)
    select ${sourceId}, u.day, ${from}, decode(u.hashes, 'hex')
    from unnest(${days.map(([day]) => dateText(day))}::date[], ${hex}::text[]) as u(day, hashes)`;
}

async function copy(tx: postgres.TransactionSql, statement: string, chunks: Iterable<Buffer>): Promise<void> {
  const stream = await tx.unsafe(statement).writable();
  // A pipeline asks for the next chunk only when the last one was written: chunks share their memory.
  await pipeline(chunks, stream);
}
