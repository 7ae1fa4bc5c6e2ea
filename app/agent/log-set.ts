// The log files of a host: finds them, knows them again under a new name, notices changes, closes those that are gone.

import { stat } from 'node:fs/promises';
import { errorCode } from '../db/connection.ts';
import { discover, type LogPattern } from '../ingest/log/discover.ts';
import { statusOf } from '../ingest/log/log-file.ts';
import type { Logger } from '../log.ts';
import { UserError } from '../user-error.ts';
import { TrackedFile } from './tracked-file.ts';

/** A packed file that fails to unpack may not be written to its end yet. After so long (milliseconds) it is damaged. */
const damagedAfter = 60_000;

export class LogSet {
  readonly #patterns: readonly LogPattern[];
  readonly #log: Logger;
  readonly #tracked = new Map<string, TrackedFile>();
  readonly #said = new Map<string, string>();

  constructor(patterns: readonly LogPattern[], log: Logger) {
    this.#patterns = patterns;
    this.#log = log;
  }

  /** The files, least recently written first: after a stop, rotated files are read in their order. */
  files(): TrackedFile[] {
    const age = (tracked: TrackedFile) => tracked.seen?.mtimeMs ?? 0;
    return [...this.#tracked.values()].sort((a, b) => age(a) - age(b));
  }

  /** Looks for files. One whose name is gone is read to its end first: we have it open, so its content is still there. */
  async refresh(): Promise<void> {
    const { files, refused } = await discover(this.#patterns);
    for (const { path, reason } of refused) this.sayOnce(path, reason, 'this is not read');
    const present = new Set<string>();
    for (const { path, live } of files) {
      const status = await this.#stat(path);
      if (!status) continue;
      present.add(status.key);
      const known = this.#tracked.get(status.key);
      if (known) {
        known.live = live;
        known.path = path;
      } else {
        const tracked = new TrackedFile(path, status.key, live);
        tracked.seen = { ...status, size: -1 };
        this.#tracked.set(status.key, tracked);
      }
    }
    for (const [key, tracked] of this.#tracked) {
      if (present.has(key)) continue;
      tracked.live = false;
      if (await this.#isReadToEnd(tracked)) {
        await tracked.close();
        this.#tracked.delete(key);
      }
    }
  }

  /** Whether the file has changed since this was last asked. */
  async changed(tracked: TrackedFile): Promise<boolean> {
    const before = tracked.seen;
    let now: Awaited<ReturnType<TrackedFile['status']>>;
    try {
      now = await tracked.status();
    } catch (error) {
      const reason = error instanceof UserError ? error.message : errorCode(error);
      if (reason !== 'ENOENT') this.sayOnce(tracked.path, reason, 'this log cannot be read');
      return false;
    }
    tracked.seen = now;
    if (before && before.size === now.size && before.mtimeMs === now.mtimeMs) return false;
    tracked.changedAt = Date.now();
    tracked.done = false;
    return true;
  }

  /** Whether a packed file unpacks to its end; nothing of it is counted before. */
  async verified(tracked: TrackedFile): Promise<boolean> {
    if (tracked.ready) return true;
    try {
      await tracked.verify();
      return true;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.sayOnce(
        tracked.path,
        reason,
        'this packed log is not complete yet, or damaged: nothing of it is counted',
      );
      if (Date.now() - tracked.changedAt > damagedAfter) {
        tracked.done = true;
        this.#log.error({ path: tracked.path, reason }, 'this packed log is damaged');
      }
      return false;
    }
  }

  /** Warns, but not each second of the same. */
  sayOnce(path: string, reason: string, message: string): void {
    if (this.#said.get(path) === reason) return;
    this.#said.set(path, reason);
    this.#log.warn({ path, reason }, message);
  }

  async close(): Promise<void> {
    for (const tracked of this.#tracked.values()) await tracked.close();
  }

  async #isReadToEnd(tracked: TrackedFile): Promise<boolean> {
    if (!tracked.opened) return true;
    const { size } = await tracked.status();
    // After an error we do not know how far it was read, until its cursor has been read again.
    if (!tracked.ready) return tracked.done || size === 0;
    return tracked.position + tracked.unfinished >= size;
  }

  async #stat(path: string) {
    try {
      return statusOf(await stat(path));
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') this.sayOnce(path, errorCode(error), 'this log cannot be read');
      return undefined;
    }
  }
}
