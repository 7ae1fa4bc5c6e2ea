// Stores batches in PostgreSQL, one after the other, while the next is being read. The agent and imports share it. It keeps
// nothing that matters: after any error the connection is thrown away, and cursors are read again.

import { setTimeout as delay } from 'node:timers/promises';
import { errorCode, type Sql } from '../../db/connection.ts';
import type { ServerClock } from '../../db/server-clock.ts';
import type { Batch } from '../fold/batch.ts';
import type { Lexicon } from '../fold/batch-reader.ts';
import { folderPolicies } from '../fold/folders.ts';
import { sumNewTallies } from '../fold/new-tallies.ts';
import { TwoFolds } from '../fold/two-folds.ts';
import type { Classified } from '../record/classify.ts';
import { FastReader } from '../record/fast-reader.ts';
import { Names } from '../record/names.ts';
import { type Division, KnownTransfers } from './known-transfers.ts';
import { isEmptyDay, openDays } from './partitions.ts';
import { CursorMoved, checkCursors, connectWriter, type StoringPolicy, storeBatch } from './store-batch.ts';

export type WriterOptions = {
  databaseUrl: string;
  policy: StoringPolicy;
  classify: (userAgent: string) => Classified;
  /** Whether lines are our records: then the fast reading is tried first. */
  records: boolean;
  /** A batch that takes longer (milliseconds) is given up with its connection: the server hangs. */
  stallAfter: number;
};

/** A unique violation; or an internal error, as which Citus reports a worker's unique violation in a COPY. */
const mayBeThere: ReadonlySet<string> = new Set(['23505', 'XX000']);
const nothing = new Int32Array(0);

/** PostgreSQL did not answer in time. */
class Stalled extends Error {
  constructor(milliseconds: number) {
    super(`PostgreSQL did not answer for ${milliseconds / 1000} s`);
    this.name = 'Stalled';
  }
}

export class Writer {
  /** Days that batches asked for and whose transfers were dropped. */
  readonly closedDays = new Set<number>();
  readonly #options: WriterOptions;
  readonly #openDays = new Set<number>();
  readonly #knownTransfers = new KnownTransfers();
  #lexicon: Lexicon;
  #sql: Sql | undefined;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#lexicon = this.#newLexicon();
  }

  get sql(): Sql {
    this.#sql ??= connectWriter(this.#options.databaseUrl);
    return this.#sql;
  }

  /** Stores what `next` returns until it returns undefined. PostgreSQL works on one batch while `next` reads another. */
  async storeAll(
    next: (lexicon: Lexicon) => Promise<Batch | undefined>,
    signal: AbortSignal,
    onCommit: (batch: Batch, seconds: number) => void = () => {},
  ): Promise<void> {
    let storing: Promise<void> | undefined;
    try {
      while (!signal.aborted) {
        if (this.#lexicon.names.full) {
          await storing;
          this.#lexicon = this.#newLexicon();
        }
        const batch = await next(this.#lexicon);
        // Done here, while PostgreSQL still works on the last batch.
        const division = batch && this.#unknownDays(batch).size === 0 ? this.#divide(batch) : undefined;
        await storing;
        storing = undefined;
        if (!batch) return;
        storing = this.#begin(batch, division, onCommit);
      }
    } finally {
      await storing;
    }
  }

  /**
   * Compares cursors with the positions that their sources were read to. A crash of the server may have undone the last
   * commits; of a log that no longer grows nothing else would tell.
   * @param positions by source id
   * @throws CursorMoved
   */
  checkCursors(positions: ReadonlyMap<string, number>): Promise<void> {
    return this.#inTime(checkCursors(this.sql, positions));
  }

  /** Asks PostgreSQL what time it is. */
  lookAt(clock: ServerClock): Promise<void> {
    return this.#inTime(clock.look(this.sql));
  }

  /** After a cursor moved: forgets which names and transfers the database was known to hold. */
  forget(): void {
    this.#knownTransfers.forget();
    this.#lexicon = this.#newLexicon();
  }

  /** After any other error: forgets all that the database was known to hold, and the connection. */
  async reset(): Promise<void> {
    this.#openDays.clear();
    this.closedDays.clear();
    this.forget();
    const sql = this.#sql;
    this.#sql = undefined;
    await sql?.end({ timeout: 0 }).catch(() => {});
  }

  async close(): Promise<void> {
    await this.#sql?.end({ timeout: 5 });
  }

  #begin(
    batch: Batch,
    division: Division | undefined,
    onCommit: (batch: Batch, seconds: number) => void,
  ): Promise<void> {
    const startedAt = performance.now();
    const commit = this.#inTime(this.#store(batch, division)).then(() =>
      onCommit(batch, (performance.now() - startedAt) / 1000),
    );
    // A failure is reported where the promise is awaited. Until then it must not be an unhandled rejection.
    commit.catch(() => {});
    return commit;
  }

  async #store(batch: Batch, divided: Division | undefined): Promise<void> {
    const division = divided ?? (await this.#open(batch));
    try {
      await this.#storeDivided(batch, division);
    } catch (error) {
      // Whatever it was: another agent may be counting, too.
      this.#knownTransfers.forget();
      if (division.fresh.length === 0 || !mayBeThere.has(errorCode(error))) throw error;
      // One of these transfers may be there already. Nothing of the batch was stored: now all of them are looked up. If it
      // failed for another reason, it fails again.
      await this.#storeDivided(batch, { fresh: nothing, others: batch.fold.sorted() });
    }
  }

  /** Makes sure of the partitions of a batch's days before its transfers are divided. */
  async #open(batch: Batch): Promise<Division> {
    const unknown = this.#unknownDays(batch);
    const closed = await openDays(this.sql, unknown);
    for (const day of unknown) {
      (closed.has(day) ? this.closedDays : this.#openDays).add(day);
      if (!closed.has(day) && (await isEmptyDay(this.sql, day))) this.#knownTransfers.begin(day);
    }
    // Read the batch again: these days are known to be closed now, so their lines are rejected.
    if (closed.size > 0) throw new CursorMoved();
    return this.#divide(batch);
  }

  #unknownDays({ fold }: Batch): Set<number> {
    return new Set(fold.day.subarray(0, fold.size).filter((day) => !this.#openDays.has(day)));
  }

  #divide({ fold }: Batch): Division {
    const division = this.#knownTransfers.divide(fold);
    sumNewTallies(fold, division.fresh, this.#options.policy);
    return division;
  }

  #storeDivided(batch: Batch, division: Division): Promise<void> {
    return storeBatch(this.sql, batch, division, this.#options.policy);
  }

  async #inTime(work: Promise<void>): Promise<void> {
    const { stallAfter } = this.#options;
    const over = new AbortController();
    const late = delay(stallAfter, undefined, { signal: over.signal }).then(() => {
      throw new Stalled(stallAfter);
    });
    late.catch(() => {});
    try {
      await Promise.race([work, late]);
    } finally {
      over.abort();
      work.catch(() => {});
    }
  }

  #newLexicon(): Lexicon {
    const { classify, policy } = this.#options;
    const names = new Names(classify, folderPolicies(policy.folders));
    const fastReader = this.#options.records ? new FastReader(names) : undefined;
    return { names, folds: new TwoFolds(names), fastReader };
  }
}
