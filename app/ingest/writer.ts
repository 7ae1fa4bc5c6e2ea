// Batches into PostgreSQL, one after the other, while the next is being read. Shared by the agent and by
// imports. Keeps nothing that matters: after any error the connection is thrown away and cursors are read
// again.

import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from '../db/connection.ts';
import type { Lexicon } from './batch-reader.ts';
import type { Classified } from './classify.ts';
import { openDays } from './days.ts';
import { Names } from './names.ts';
import { type Batch, CursorMoved, connectWriter, type Policy, storeBatch } from './store.ts';
import { Walker } from './walk.ts';

export type WriterOptions = {
  databaseUrl: string;
  policy: Policy;
  classify: (agent: string) => Classified;
  /** Whether lines are records: then the fast reading is tried first. */
  records: boolean;
  /** A batch that takes longer (milliseconds) is given up, its connection too: the server hangs. */
  stallAfter: number;
};

/** PostgreSQL did not answer in time. */
export class Stalled extends Error {
  constructor(milliseconds: number) {
    super(`PostgreSQL did not answer for ${milliseconds / 1000} s`);
    this.name = 'Stalled';
  }
}

export class Writer {
  /** Days whose transfers were dropped, as far as batches asked for them. */
  readonly closedDays = new Set<number>();
  readonly #options: WriterOptions;
  readonly #openDays = new Set<number>();
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

  /** Stores what `next` answers until it answers undefined; PostgreSQL works on one batch while it reads. */
  async drain(
    next: (lexicon: Lexicon) => Promise<Batch | undefined>,
    signal: AbortSignal,
    onCommit: (batch: Batch, seconds: number) => void = () => {},
  ): Promise<void> {
    let storing: { commit: Promise<void> } | undefined;
    try {
      while (!signal.aborted) {
        if (this.#lexicon.names.full) {
          await storing?.commit;
          this.#lexicon = this.#newLexicon();
        }
        const batch = await next(this.#lexicon);
        await storing?.commit;
        storing = undefined;
        if (!batch) return;
        storing = await this.#begin(batch, onCommit);
      }
    } finally {
      await storing?.commit;
    }
  }

  /** After an error: forgets what the database was known to hold, and the connection. */
  async reset(): Promise<void> {
    this.#openDays.clear();
    this.closedDays.clear();
    this.#lexicon = this.#newLexicon();
    const sql = this.#sql;
    this.#sql = undefined;
    await sql?.end({ timeout: 0 }).catch(() => {});
  }

  async close(): Promise<void> {
    await this.#sql?.end({ timeout: 5 });
  }

  /** Resolves, with the promise of the commit, once the batch is on its way: sending and reading compete. */
  async #begin(
    batch: Batch,
    onCommit: (batch: Batch, seconds: number) => void,
  ): Promise<{ commit: Promise<void> }> {
    const startedAt = performance.now();
    let onSent = () => {};
    const sent = new Promise<void>((resolve) => {
      onSent = resolve;
    });
    const commit = this.#inTime(this.#store(batch, onSent)).then(() =>
      onCommit(batch, (performance.now() - startedAt) / 1000),
    );
    // Its failure is reported where it is awaited, and is no unhandled rejection until then.
    commit.catch(() => {});
    await Promise.race([sent, commit.catch(() => {})]);
    return { commit };
  }

  async #store(batch: Batch, onSent: () => void): Promise<void> {
    const { fold } = batch;
    const unknown = new Set(fold.day.subarray(0, fold.size).filter((day) => !this.#openDays.has(day)));
    if (unknown.size > 0) {
      const closed = await openDays(this.sql, unknown);
      for (const day of unknown) (closed.has(day) ? this.closedDays : this.#openDays).add(day);
      // Read again, now that these days are known to be closed: their lines become rejects.
      if (closed.size > 0) throw new CursorMoved();
    }
    await storeBatch(this.sql, batch, this.#options.policy, onSent);
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
    const names = new Names(this.#options.classify);
    return { names, walker: this.#options.records ? new Walker(names) : undefined };
  }
}
