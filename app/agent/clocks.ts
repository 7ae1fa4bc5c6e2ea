// What time it is, where clocks differ. A line from the future is rejected for good, so before that is said of a line every
// clock is asked: this host's, PostgreSQL's, and the one that the log was written by (the file's time of change). The
// latest one counts. So lines are not lost where our clock is behind, and one absurd line holds up nothing.

import { ServerClock } from '../db/server-clock.ts';
import type { Batch } from '../ingest/fold/batch.ts';
import type { Writer } from '../ingest/store/writer.ts';
import type { Logger } from '../log.ts';
import type { TrackedFile } from './tracked-file.ts';

/** Clocks this far apart (milliseconds) are worth a word: links expire by them. */
const tolerated = 60_000;
/** The same is said this often (milliseconds). */
const sayEvery = 60_000;
const remedy = 'Set the clock: timedatectl set-ntp true, and look with timedatectl status.';

export class Clocks {
  readonly #server = new ServerClock();
  readonly #log: Logger;
  readonly #saidAt = new Map<string, number>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Asks PostgreSQL, and says so where its clock and ours are apart, or a log is ahead of both. */
  async look(writer: Writer, tracked: TrackedFile): Promise<void> {
    await writer.lookAt(this.#server);
    const [ours, servers] = [Date.now(), this.#server.now()];
    const about = { path: tracked.path, ours: text(ours), postgresql: text(servers), remedy };
    const ahead = (servers - ours) / 1000;
    if (Math.abs(ahead) * 1000 > tolerated)
      this.#say(
        'apart',
        { ...about, seconds: Math.round(Math.abs(ahead)) },
        ahead > 0
          ? "this host's clock is behind PostgreSQL's: lines are judged by PostgreSQL's"
          : "this host's clock is ahead of PostgreSQL's: downloads may be counted on the wrong day",
      );
    const written = tracked.seen?.mtimeMs ?? 0;
    if (written > Math.max(ours, servers) + tolerated)
      this.#say(
        'written',
        { ...about, written: text(written) },
        'a log was changed at a time that is still to come: its lines count on the day that they name',
      );
  }

  /** Milliseconds since 1970 by the latest of the clocks. */
  now(tracked: TrackedFile): number {
    return Math.max(Date.now(), this.#server.now(), tracked.seen?.mtimeMs ?? 0);
  }

  /** Says so where lines of a stored batch were rejected because no clock has come so far. */
  sayRejected(tracked: TrackedFile, { rejectCounts, rejects }: Batch): void {
    const lines = rejectCounts.get('future');
    if (lines === undefined) return;
    const { path } = tracked;
    const { line, sample = '' } = rejects.find(({ reason }) => reason === 'future') ?? {};
    const at = /"at":([0-9.]+)/.exec(sample)?.[1];
    const says = at === undefined ? undefined : text(Number(at) * 1000);
    this.#say(
      'future',
      { path, lines, line, says, ours: text(Date.now()), postgresql: text(this.#server.now()) },
      'lines were rejected: they are from the future by every clock. tallygate status counts them',
    );
  }

  #say(what: string, about: object, message: string): void {
    const now = performance.now();
    if (now - (this.#saidAt.get(what) ?? Number.NEGATIVE_INFINITY) < sayEvery) return;
    this.#saidAt.set(what, now);
    this.#log.error(about, message);
  }
}

const text = (milliseconds: number) => new Date(milliseconds).toISOString();
