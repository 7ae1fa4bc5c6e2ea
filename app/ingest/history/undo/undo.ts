// `tallygate ingest --undo`: takes imports back, so that everything is as if they had never been made. Whatever else was
// counted, before or since, stays. Agents may count meanwhile.
//
// An import is taken back in parts, one transaction each, which hold up live counting for no more than a moment. First it is
// marked: from then on no log is known again by it, and no other import begins. Each part takes transfers away with all they
// came to, and the account of their lines with them, so that lines = requests + rejects holds at every moment. Whoever
// dies in between leaves an import that is taken back in part; the same command goes on with it.

import { randomBytes } from 'node:crypto';
import type { Sql } from '../../../db/connection.ts';
import { inTransaction } from '../../../db/transaction.ts';
import { failpoint } from '../../../process/failpoint.ts';
import { UserError } from '../../../user-error.ts';
import { estimatedMark } from '../../record/names.ts';
import * as merge from '../../store/merge-sql.ts';
import { dropEmptyDay, importSharesLock } from '../../store/partitions.ts';
import { connectWriter, type StoringPolicy } from '../../store/store-batch.ts';
import { totalsStatements } from '../../store/totals-sql.ts';
import { uncharge } from '../../store/uncharge.ts';
import { checkImports, daysOf } from './check.ts';
import type { Import } from './imports.ts';
import { forgetNames } from './names.ts';
import * as statements from './undo-sql.ts';

/** So many transfers are taken away at once, roughly. */
const partSize = 20_000;

/** How many of an import's requests are taken back. */
export type UndoProgress = { path: string; done: number; all: number };

/**
 * Takes imports back; to be called while no import runs (whileImporting). Where `signal` is aborted, it stops between two
 * parts. Returns whether all was done.
 * @throws UserError where one of them cannot be taken back exactly: then nothing is changed
 */
export async function undoImports(
  databaseUrl: string,
  imports: readonly Import[],
  policy: StoringPolicy,
  onProgress: (progress: UndoProgress) => void,
  signal: AbortSignal,
): Promise<boolean> {
  const sql = connectWriter(databaseUrl);
  try {
    await checkImports(sql, imports);
    await mark(sql, imports);
    failpoint('undo_marked');
    // The newest first: what is left after each is what an earlier moment had.
    for (const one of [...imports].sort((a, b) => Number(b.id) - Number(a.id)))
      if (!(await undo(sql, one, policy, onProgress, signal))) return false;
    return true;
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** No log is known by these from now on: one that is read again is another source. */
async function mark(sql: Sql, imports: readonly Import[]): Promise<void> {
  await inTransaction(sql, async (tx) => {
    for (const { id, path } of imports) {
      const marked = await tx`
        update sources set undone_at = coalesce(undone_at, now()), fingerprint = ${randomBytes(32)}
        where id = ${id} and kind = 'history'`;
      if (marked.count === 0)
        throw new UserError(
          `${path} (${id}) is no import any more`,
          'An agent follows it now. Nothing was changed.',
        );
    }
  });
}

async function undo(
  sql: Sql,
  one: Import,
  policy: StoringPolicy,
  onProgress: (progress: UndoProgress) => void,
  signal: AbortSignal,
): Promise<boolean> {
  const days = (await daysOf(sql, one.id)).map(({ day }) => day);
  let done = 0;
  for (const day of days) {
    for (const [first, last] of parts(await transfersOn(sql, one.id, day))) {
      if (signal.aborted) return false;
      done += await undoPart(sql, { day, id: one.id, first, last }, policy);
      failpoint('undo_part');
      onProgress({ path: one.path, done, all: one.requests });
    }
    await dropEmptyDay(sql, day, one.id);
    await endDay(sql, one.id, day);
  }
  await forget(sql, one.id);
  return true;
}

async function transfersOn(sql: Sql, id: string, day: string): Promise<number> {
  const [row] = await sql<{ transfers: number }[]>`
    select (select count(*) from transfers where day = ${day} and import_id = ${id})::int
      + (select count(*) from transfer_shares where day = ${day} and import_id = ${id})::int as transfers`;
  return row?.transfers ?? 0;
}

/** Ranges of visitors. They are hashes, so that equal ranges hold about as many. */
function* parts(transfers: number): Generator<[first: string, last: string]> {
  const count = BigInt(Math.max(1, Math.ceil(transfers / partSize)));
  const [from, to] = [-(2n ** 63n), 2n ** 63n];
  for (let part = 0n; part < count; part += 1n) {
    const first = from + ((to - from) * part) / count;
    const last = from + ((to - from) * (part + 1n)) / count - 1n;
    yield [first.toString(), last.toString()];
  }
}

type Part = { day: string; id: string; first: string; last: string };

/** Takes a part of a day away, with all it came to; returns how many requests. */
async function undoPart(sql: Sql, { day, id, first, last }: Part, policy: StoringPolicy): Promise<number> {
  return inTransaction(sql, async (tx) => {
    await tx`select set_config('jit', 'off', true), pg_advisory_xact_lock(${importSharesLock})`;
    const run = (statement: string) => tx.unsafe(statement, [day, id, first, last], { prepare: true });
    await tx.unsafe(merge.createBatchTables);
    const tokens = await run(statements.findTokens);
    await run(statements.noteBefore);
    await run(statements.deleteOwn);
    await run(statements.leaveOthers(policy));
    await run(statements.noteAfter);
    await run(statements.deleteShares);
    for (const statement of [merge.upsertTallies, merge.deleteEmptyTallies, ...totalsStatements])
      await tx.unsafe(statement, [], { prepare: true });
    await tx.unsafe(merge.markDaysStale, [[day]], { prepare: true });
    await uncharge(
      tx,
      tokens.map((row) => row.token_id as string),
      policy.retryGrace,
    );
    const [account] = await tx.unsafe<{ taken: number }[]>(statements.moveAccount, [id]);
    return account?.taken ?? 0;
  });
}

/** Only when a day's transfers are gone, its lines are: they say what is left to do. */
async function endDay(sql: Sql, id: string, day: string): Promise<void> {
  await inTransaction(sql, async (tx) => {
    const estimated = await tx<{ id: string }[]>`
      select distinct t.file_id as id from transfers t join file_versions v on v.id = t.version_id
      where t.day = ${day} and right(v.etag, ${estimatedMark.length}) = ${estimatedMark}`;
    await tx`
      delete from estimated_days
      where day = ${day} and file_id <> all(${estimated.map((row) => row.id)}::bigint[])`;
    await tx`delete from key_usage where import_id = ${id} and day = ${day}`;
    await tx`delete from import_lines where source_id = ${id} and day = ${day}`;
  });
}

/** What is left of an import that has counted nothing: its name, and what was rejected. */
async function forget(sql: Sql, id: string): Promise<void> {
  await inTransaction(sql, async (tx) => {
    await tx`delete from rejects where source_id = ${id}`;
    await tx`delete from reject_counts where source_id = ${id}`;
    await forgetNames(tx);
    await tx`delete from sources where id = ${id} and requests = 0`;
  });
}
