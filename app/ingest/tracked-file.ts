// One log file the agent has open: identified by its content, read batch by batch from its cursor.

import type { Sql } from '../db/connection.ts';
import { type BatchLimits, BatchReader, type Judge, type Lexicon } from './batch-reader.ts';
import { type FileStatus, fingerprintOf, type LogFile } from './log-file.ts';
import { resume } from './sources.ts';
import type { Batch } from './store.ts';

export type Opened = 'ready' | 'unfinished' | 'behind' | 'replaced';

export class TrackedFile {
  readonly file: LogFile;
  readonly key: string;
  live: boolean;
  /** Size and time of the last look, to notice change cheaply. */
  size = -1;
  mtimeMs = -1;
  /** When (milliseconds) it was last seen to change. */
  changedAt = 0;
  sourceId = '';
  #reader: BatchReader | undefined;

  constructor(file: LogFile, status: FileStatus, live: boolean) {
    this.file = file;
    this.key = status.key;
    this.live = live;
  }

  get path(): string {
    return this.file.path;
  }

  get position(): number {
    return this.#reader?.position ?? 0;
  }

  get unfinished(): number {
    return this.#reader?.unfinished ?? 0;
  }

  /** Whether the reader stands at a cursor; if not, `open` finds it. */
  get ready(): boolean {
    return this.#reader !== undefined;
  }

  /** Forgets where it was: after an error, after another agent moved the cursor, after a truncation. */
  reset(): void {
    this.#reader = undefined;
    this.size = -1;
  }

  /** Identifies the content and stands at its cursor. */
  async open(sql: Sql, edge: string, judge: Judge, limits: BatchLimits): Promise<Opened> {
    const fingerprint = await fingerprintOf(this.file);
    if (!fingerprint) return 'unfinished';
    const found = await resume(sql, this.file, fingerprint, { kind: 'file', path: this.path, edge });
    if (found.kind === 'behind') return 'behind';
    this.sourceId = found.cursor.id;
    this.#reader = new BatchReader(this.file, found.cursor, judge, limits);
    return found.replaced ? 'replaced' : 'ready';
  }

  async next(lexicon: Lexicon, last: boolean): Promise<Batch | undefined> {
    return this.#reader?.next(this.sourceId, lexicon, last);
  }
}
