// The agent: follows the logs into PostgreSQL until it is told to stop. It keeps nothing that matters in
// memory: after any error it throws its connection away and reads its cursors again.

import { type FSWatcher, watch } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config/load.ts';
import { errorCode, type Sql } from '../db/connection.ts';
import type { Logger } from '../log.ts';
import type { Judge, Lexicon } from './batch-reader.ts';
import { createClassifier } from './classify.ts';
import { openDays } from './days.ts';
import { discover, type LogPattern, logPattern } from './discover.ts';
import { LogFile } from './log-file.ts';
import { Names } from './names.ts';
import { readRecord } from './record.ts';
import { type Batch, CursorMoved, connectWriter, storeBatch } from './store.ts';
import { TrackedFile } from './tracked-file.ts';
import { Walker } from './walk.ts';

/** Follows at this distance: small enough to be live, large enough that batches are worth a transaction. */
const pause = 100;
const pollEvery = 1000;
const longestBackoff = 5000;
const limits = { transfers: 50_000, lines: 400_000 };

export class Agent {
  readonly #config: Config;
  readonly #log: Logger;
  readonly #patterns: LogPattern[];
  readonly #tracked = new Map<string, TrackedFile>();
  readonly #said = new Map<string, string>();
  readonly #openDays = new Set<number>();
  readonly #closedDays = new Set<number>();
  readonly #judge: Judge;
  readonly #classify: ReturnType<typeof createClassifier>;
  #lexicon: Lexicon;
  #sql: Sql | undefined;
  #wake = () => {};

  constructor(config: Config, log: Logger) {
    this.#config = config;
    this.#log = log;
    this.#patterns = config.agent.logs.map(logPattern);
    this.#classify = createClassifier({ allow: [], deny: [] });
    this.#lexicon = this.#newLexicon();
    this.#judge = {
      readLine: readRecord,
      now: Date.now,
      closedDays: this.#closedDays,
    };
  }

  /** Runs until `signal` is aborted; the batch in hand is committed first. */
  async run(signal: AbortSignal): Promise<void> {
    const watchers = this.#watch();
    signal.addEventListener('abort', () => this.#wake());
    let backoff = 0;
    while (!signal.aborted) {
      try {
        await this.#round(signal);
        backoff = 0;
        await this.#rest(pollEvery, signal);
      } catch (error) {
        backoff = Math.min(longestBackoff, backoff * 2 || 100);
        await this.#recover(error, backoff);
        if (!(error instanceof CursorMoved)) await this.#rest(backoff, signal);
      }
    }
    for (const watcher of watchers) watcher.close();
    await this.#sql?.end({ timeout: 5 });
  }

  async #round(signal: AbortSignal): Promise<void> {
    this.#sql ??= connectWriter(this.#config.databaseUrl);
    await this.#discover();
    for (const tracked of [...this.#tracked.values()]) {
      if (signal.aborted) return;
      await this.#look(tracked, this.#sql, signal);
    }
  }

  async #discover(): Promise<void> {
    const { files, refused } = await discover(this.#patterns);
    for (const { path, reason } of refused) this.#sayOnce(path, reason, 'this is not read');
    const seen = new Set<string>();
    for (const { path, live } of files) {
      const file = await LogFile.open(path).catch((error: Error) => {
        if (errorCode(error) !== 'ENOENT') this.#sayOnce(path, error.message, 'this log cannot be read');
        return undefined;
      });
      if (!file) continue;
      const status = await file.status();
      seen.add(status.key);
      const known = this.#tracked.get(status.key);
      if (known) {
        known.live = live;
        await file.close();
      } else {
        this.#tracked.set(status.key, new TrackedFile(file, status, live));
      }
    }
    for (const [key, tracked] of this.#tracked) if (!seen.has(key)) tracked.live = false;
  }

  async #look(tracked: TrackedFile, sql: Sql, signal: AbortSignal): Promise<void> {
    const status = await tracked.file.status();
    if (status.size === tracked.size && status.mtimeMs === tracked.mtimeMs) return;
    if (status.size < tracked.position) {
      this.#log.warn({ path: tracked.path }, 'the log was cut: lines written just before may be lost');
      tracked.reset();
    }
    if (!tracked.ready) {
      const opened = await tracked.open(sql, this.#config.edge, this.#judge, limits);
      if (opened === 'replaced')
        this.#log.warn(
          { path: tracked.path },
          'the content before the cursor was changed: read as a new log',
        );
      if (opened === 'behind')
        this.#sayOnce(tracked.path, 'behind', 'the log ends before its cursor: nothing in it is new');
    }
    await this.#drain(tracked, sql, signal);
    tracked.size = status.size;
    tracked.mtimeMs = status.mtimeMs;
  }

  /** Stores what the file holds; while PostgreSQL works on one batch, the next is read. */
  async #drain(tracked: TrackedFile, sql: Sql, signal: AbortSignal): Promise<void> {
    let storing: { commit: Promise<void> } | undefined;
    try {
      while (!signal.aborted) {
        if (this.#lexicon.names.full) {
          await storing?.commit;
          this.#lexicon = this.#newLexicon();
        }
        const batch = await tracked.next(this.#lexicon, false);
        await storing?.commit;
        storing = undefined;
        if (!batch) return;
        storing = await this.#beginStoring(sql, batch);
      }
    } finally {
      await storing?.commit;
    }
  }

  /** Resolves, with the promise of the commit, once the batch is on its way: sending and reading compete. */
  async #beginStoring(sql: Sql, batch: Batch): Promise<{ commit: Promise<void> }> {
    const { promise: sent, resolve } = withResolvers();
    const commit = this.#store(sql, batch, resolve);
    // Its failure is reported where it is awaited, and is no unhandled rejection until then.
    commit.catch(() => {});
    await Promise.race([sent, commit.catch(() => {})]);
    return { commit };
  }

  async #store(sql: Sql, batch: Batch, onSent: () => void): Promise<void> {
    const { fold } = batch;
    const unknown = new Set(fold.day.subarray(0, fold.size).filter((day) => !this.#openDays.has(day)));
    if (unknown.size > 0) {
      const closed = await openDays(sql, unknown);
      for (const day of unknown) (closed.has(day) ? this.#closedDays : this.#openDays).add(day);
      // Read again, now that these days are known to be closed: their lines become rejects.
      if (closed.size > 0) throw new CursorMoved();
    }
    await storeBatch(sql, batch, this.#config.count, onSent);
  }

  async #recover(error: unknown, backoff: number): Promise<void> {
    for (const tracked of this.#tracked.values()) tracked.reset();
    if (error instanceof CursorMoved) return;
    this.#log.error({ err: error, retryMs: backoff }, 'a batch failed; it is read again from the cursor');
    this.#openDays.clear();
    this.#closedDays.clear();
    const sql = this.#sql;
    this.#sql = undefined;
    await sql?.end({ timeout: 0 }).catch(() => {});
  }

  #watch(): FSWatcher[] {
    const watchers: FSWatcher[] = [];
    for (const folder of new Set(this.#patterns.map((pattern) => pattern.folder))) {
      try {
        const watcher = watch(folder, () => this.#wake());
        watcher.on('error', (error) => this.#log.debug({ err: error, folder }, 'not watching, only polling'));
        watchers.push(watcher);
      } catch (error) {
        this.#log.debug({ err: error, folder }, 'not watching, only polling');
      }
    }
    return watchers;
  }

  /** For `pause` at least, then until something changes in a watched folder, `longest` (ms) in all. */
  async #rest(longest: number, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    await delay(Math.min(pause, longest), undefined, { signal }).catch(() => {});
    await Promise.race([woken, delay(longest - pause, undefined, { signal: either }).catch(() => {})]);
    over.abort();
  }

  #newLexicon(): Lexicon {
    const names = new Names(this.#classify);
    return { names, walker: new Walker(names) };
  }

  #sayOnce(path: string, reason: string, message: string): void {
    if (this.#said.get(path) === reason) return;
    this.#said.set(path, reason);
    this.#log.warn({ path, reason }, message);
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
