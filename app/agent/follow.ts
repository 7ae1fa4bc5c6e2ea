// The agent: counts what is written to the logs, until it is told to stop. All that matters is in PostgreSQL: after any
// error the agent reads its cursors again and goes on from there.

import { type FSWatcher, watch } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config/load.ts';
import { fileLimits } from '../ingest/fold/batch.ts';
import type { Judge } from '../ingest/fold/batch-reader.ts';
import { lastSource, namesakes } from '../ingest/log/cursors.ts';
import { logPattern } from '../ingest/log/discover.ts';
import { createClassifier } from '../ingest/record/classify.ts';
import { readRecord } from '../ingest/record/record.ts';
import { CursorMoved, storingPolicy } from '../ingest/store/store-batch.ts';
import { Writer } from '../ingest/store/writer.ts';
import type { Logger } from '../log.ts';
import { Clocks } from './clocks.ts';
import type { Vitals } from './heartbeat.ts';
import { LogSet } from './log-set.ts';
import type { TrackedFile } from './tracked-file.ts';

/** Rest between two looks (milliseconds): short enough to be live, long enough that a batch is worth a transaction. */
const pause = 100;
const pollEvery = 1000;
const checkEvery = 5000;
const longestBackoff = 5000;
export class Agent {
  readonly #config: Config;
  readonly #log: Logger;
  readonly #logs: LogSet;
  readonly #writer: Writer;
  readonly #clocks: Clocks;
  #greeted = false;
  #checkedAt = performance.now();
  #batches = 0;
  #batchSeconds = 0;
  #wake = () => {};

  constructor(config: Config, log: Logger) {
    this.#config = config;
    this.#log = log;
    this.#clocks = new Clocks(log);
    this.#logs = new LogSet(config.agent.logs.map(logPattern), log);
    this.#writer = new Writer({
      databaseUrl: config.databaseUrl,
      policy: storingPolicy(config),
      classify: createClassifier(config.classes),
      records: true,
      stallAfter: config.agent.stallAfter * 1000,
    });
  }

  /** Runs until `signal` is aborted; the batch in hand is committed first. */
  async run(signal: AbortSignal): Promise<void> {
    const watchers = this.#watch();
    signal.addEventListener('abort', () => this.#wake());
    let backoff = 0;
    while (!signal.aborted) {
      try {
        await this.#round(signal);
        if (backoff > 0) this.#log.info('batches are stored again');
        backoff = 0;
        await this.#rest(pollEvery, signal);
      } catch (error) {
        for (const tracked of this.#logs.files()) tracked.reset();
        // Another agent moved the cursor, or a crash undid our commits: read it again, without backoff.
        if (error instanceof CursorMoved) {
          this.#writer.forget();
          continue;
        }
        backoff = Math.min(longestBackoff, backoff * 2 || 100);
        this.#log.error(
          { err: error, retryMs: backoff },
          'a batch failed: nothing of it was counted, it is read again',
        );
        await this.#writer.reset();
        await this.#rest(backoff, signal);
      }
    }
    for (const watcher of watchers) watcher.close();
    await this.#logs.close();
    await this.#writer.close();
  }

  /** How it is, for the heartbeat. */
  vitals(): Vitals {
    const unread = this.#logs
      .files()
      .reduce(
        (sum, file) => sum + (file.packed ? 0 : Math.max(0, (file.seen?.size ?? 0) - file.position)),
        0,
      );
    return { unread, batches: this.#batches, batchSeconds: this.#batchSeconds };
  }

  async #round(signal: AbortSignal): Promise<void> {
    const last = this.#greeted ? undefined : await lastSource(this.#writer.sql, this.#config.edge);
    await this.#logs.refresh();
    for (const tracked of this.#logs.files()) {
      if (signal.aborted) return;
      await this.#look(tracked, signal);
    }
    if (!this.#greeted) await this.#greet(last);
    await this.#check();
  }

  /** Every five seconds: does PostgreSQL still know what was counted? A crash may have undone the last commits. */
  async #check(): Promise<void> {
    if (performance.now() - this.#checkedAt < checkEvery) return;
    this.#checkedAt = performance.now();
    const ready = this.#logs.files().filter((tracked) => tracked.ready);
    await this.#writer.checkCursors(new Map(ready.map(({ sourceId, position }) => [sourceId, position])));
  }

  async #look(tracked: TrackedFile, signal: AbortSignal): Promise<void> {
    if (!(await this.#logs.changed(tracked))) {
      if (!this.#isComplete(tracked)) return;
      if (tracked.done || (tracked.ready && tracked.unfinished === 0)) return;
    }
    const last = this.#isComplete(tracked);
    if (tracked.ready && !(await tracked.holdsWhatWasRead())) {
      this.#log.error({ path: tracked.path }, 'the log was cut: what was written just before may be lost');
      tracked.reset();
      await this.#logs.changed(tracked);
    }
    if (tracked.packed && !(await this.#logs.verified(tracked))) return;
    if (!tracked.ready && !(await this.#identify(tracked, last))) return;
    await this.#clocks.look(this.#writer, tracked);
    await this.#writer.storeAll(
      (lexicon) => tracked.next(lexicon, last),
      signal,
      (batch, seconds) => {
        this.#clocks.sayRejected(tracked, batch);
        this.#batches += 1;
        this.#batchSeconds += seconds;
      },
    );
    tracked.done = last && tracked.ready && !signal.aborted;
  }

  async #identify(tracked: TrackedFile, last: boolean): Promise<boolean> {
    const about = { kind: 'file', edge: this.#config.edge } as const;
    const judge: Judge = {
      readLine: readRecord,
      now: () => this.#clocks.now(tracked),
      closedDays: this.#writer.closedDays,
    };
    const opened = await tracked.identify(this.#writer.sql, about, judge, fileLimits, last);
    if (opened === 'replaced')
      this.#log.error({ path: tracked.path }, 'other content stands before the cursor: read as a new log');
    if (opened === 'behind')
      this.#logs.sayOnce(tracked.path, 'behind', 'the log ends before its cursor: nothing in it is new');
    if (opened === 'behind') tracked.done = true;
    return opened === 'ready' || opened === 'replaced';
  }

  /** Whether the file will not grow any more: it is packed, or it was rotated and has not changed for long. */
  #isComplete(tracked: TrackedFile): boolean {
    if (tracked.packed) return true;
    return !tracked.live && Date.now() - tracked.changedAt >= this.#config.agent.closeAfter * 1000;
  }

  /** Said once, after the first round: is a log missing, does another host use our name? */
  async #greet(last: Awaited<ReturnType<typeof lastSource>>): Promise<void> {
    const { sql } = this.#writer;
    // If the log that was followed last is nowhere now, then what was written behind its cursor is lost.
    if (last && !this.#logs.files().some((tracked) => tracked.sourceId === last.id))
      this.#log.error(
        last,
        'the log followed last is gone: lines behind this position, if any, are not counted',
      );
    const others = await namesakes(sql, this.#config.edge);
    if (others.length > 0)
      this.#log.error({ edge: this.#config.edge, hosts: others }, 'other hosts use the same edge name');
    this.#greeted = true;
  }

  #watch(): FSWatcher[] {
    const watchers: FSWatcher[] = [];
    for (const folder of new Set(this.#config.agent.logs.map((log) => logPattern(log).folder))) {
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

  /** Waits for `pause`, and then until something changes in a watched folder; `longest` milliseconds in all. */
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
}
