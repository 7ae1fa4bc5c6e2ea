// One log file the agent has open: identified by its content, read batch by batch from its cursor.

import type { Sql } from '../db/connection.ts';
import type { Batch, BatchLimits } from '../ingest/fold/batch.ts';
import { BatchReader, type Judge, type Lexicon } from '../ingest/fold/batch-reader.ts';
import { type About, resume } from '../ingest/log/cursors.ts';
import { type FileStatus, fingerprintOf, LogFile } from '../ingest/log/log-file.ts';
import { isMarkIn, type Mark } from '../ingest/log/mark.ts';
import { failpoint } from '../process/failpoint.ts';

/** `unfinished`: no complete line yet; `behind`: ends before its cursor; `replaced`: other content than before. */
export type Opened = 'ready' | 'unfinished' | 'behind' | 'replaced';

export class TrackedFile {
  readonly key: string;
  path: string;
  live: boolean;
  /** As last looked at, to notice change cheaply. */
  seen: FileStatus | undefined;
  /** When it last changed, by our clock (milliseconds). */
  changedAt = Date.now();
  /** There is nothing more to read in it, unless it changes. */
  done = false;
  sourceId = '';
  #file: LogFile | undefined;
  #reader: BatchReader | undefined;
  /** The hash that `identify` knew the content by. */
  #fingerprint: Buffer | undefined;

  constructor(path: string, key: string, live: boolean) {
    this.path = path;
    this.key = key;
    this.live = live;
  }

  /** Whether we have it open: then its content stays readable when its name is removed. */
  get opened(): boolean {
    return this.#file !== undefined;
  }

  get packed(): boolean {
    return this.#file?.packed !== undefined;
  }

  get position(): number {
    return this.#reader?.position ?? 0;
  }

  get unfinished(): number {
    return this.#reader?.unfinished ?? 0;
  }

  /** Whether the reader stands at a cursor; if not, `identify` finds it. */
  get ready(): boolean {
    return this.#reader !== undefined;
  }

  /** Opens the file, or says how the open one stands: it may have been renamed or removed meanwhile. */
  async status(): Promise<FileStatus> {
    this.#file ??= await this.#open();
    return this.#file.status();
  }

  /** Opens the path. Since it was listed, rotation may have moved this file and put another one there. */
  async #open(): Promise<LogFile> {
    const file = await LogFile.open(this.path);
    if ((await file.status()).key === this.key) return file;
    await file.close();
    // Treated as missing: the next look at the folder finds this file under its new name.
    throw Object.assign(new Error(`${this.path} is another file by now`), { code: 'ENOENT' });
  }

  /** Forgets where it was: after an error, after another agent moved the cursor, after a truncation. */
  reset(): void {
    this.#reader = undefined;
    this.seen = undefined;
    this.done = false;
  }

  async close(): Promise<void> {
    this.#reader = undefined;
    await this.#file?.close();
    this.#file = undefined;
  }

  /** Reads a packed file to its end. @throws where it is damaged, or still being written */
  async verify(): Promise<void> {
    await this.#file?.packed?.verify();
  }

  /** Identifies the content and stands at its cursor. `last`: the file will not grow any more. */
  async identify(
    sql: Sql,
    about: Omit<About, 'path'>,
    judge: Judge,
    limits: BatchLimits,
    last: boolean,
  ): Promise<Opened> {
    if (!this.#file) return 'unfinished';
    const fingerprint = await fingerprintOf(this.#file, last);
    if (!fingerprint) return 'unfinished';
    failpoint('identifying');
    const found = await resume(sql, this.#file, fingerprint, { ...about, path: this.path });
    if (found.kind === 'behind') return 'behind';
    this.sourceId = found.cursor.id;
    this.#fingerprint = fingerprint;
    this.#reader = new BatchReader(this.#file, found.cursor, judge, limits);
    return found.replaced ? 'replaced' : 'ready';
  }

  /** Whether what stands before the position is still what was read there. */
  async holdsWhatWasRead(): Promise<boolean> {
    return !this.#file || !this.#reader || isMarkIn(this.#file, this.#reader.mark);
  }

  /**
   * The next batch. Undefined if there is none, or if the log was cut since it was identified: then it must be identified
   * again. Committed under the old source, these lines would be counted again under the new one.
   */
  async next(lexicon: Lexicon, last: boolean): Promise<Batch | undefined> {
    const before = this.#reader?.mark;
    const batch = await this.#reader?.next(
      this.sourceId,
      lexicon,
      this.seen?.size ?? 0,
      last ? 'reject' : 'wait',
    );
    if (!batch || !before || (await this.#continues(before, last))) return batch;
    this.reset();
    return undefined;
  }

  /** Whether what was just read stood behind the mark, in the content that was identified. */
  async #continues(before: Mark, last: boolean): Promise<boolean> {
    // Nobody cuts a packed file, and to look would mean to unpack it from its beginning.
    if (!this.#file || this.#file.packed) return true;
    if (before.position > 0) return isMarkIn(this.#file, before);
    const beginning = await fingerprintOf(this.#file, last);
    return beginning !== undefined && this.#fingerprint?.equals(beginning) === true;
  }
}
