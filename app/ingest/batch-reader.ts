// Batches out of a source: lines read, judged and folded, until the fold is full or the source has no more.

import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { dayLength, type Fold } from './fold.ts';
import type { Folds } from './folds.ts';
import { type Input, LineReader } from './line-reader.ts';
import { readFully } from './log-file.ts';
import type { Names } from './names.ts';
import type { Reading, Reason } from './record.ts';
import type { Batch, Place, Reject } from './store.ts';
import type { Walker } from './walk.ts';

/** How one line is read plainly: our records, or a foreign log's format. Without its line end. */
export type ReadLine = (line: Buffer) => Reading;

/** The names met so far, and what knows them: the folds, and the fast reading, which a foreign log's format has not. */
export type Lexicon = { names: Names; folds: Folds; walker: Walker | undefined };

export type BatchLimits = {
  /** Transfers in a batch: memory, and how much PostgreSQL does at once. */
  transfers: number;
  lines: number;
};

/** A position, and the last bytes before it. */
export type Mark = { position: number; tail: Buffer };

/** The first batch is this small, and each may be four times as large as the last: PostgreSQL begins at once. */
const firstLines = 8_000;

/** What judges a line beyond its form. */
export type Judge = {
  readLine: ReadLine;
  /** The clock, milliseconds: lines from the future are rejected. */
  now(): number;
  /** Days (since 1970) whose transfers were dropped. */
  closedDays: ReadonlySet<number>;
};

/** A record may be this far ahead of our clock: two hosts may disagree by an hour, not by a day. */
export const futureLimit = 3_600_000;
const samplesPerBatch = 1000;
const sampleLength = 400;

export class BatchReader {
  readonly #lines: LineReader;
  readonly #judge: Judge;
  readonly #limits: BatchLimits;
  #lineNumber: number;
  #mostLines = firstLines;

  constructor(
    input: Input,
    start: { position: number; lines: number; tail: Uint8Array },
    judge: Judge,
    limits: BatchLimits,
  ) {
    this.#lines = new LineReader(input, start.position, start.tail);
    this.#lineNumber = start.lines;
    this.#judge = judge;
    this.#limits = limits;
  }

  get position(): number {
    return this.#lines.position;
  }

  get unfinished(): number {
    return this.#lines.unfinished;
  }

  /**
   * The next batch, undefined when there is no complete line.
   * @param seenSize how large the source is, as far as known: told to people
   * @param last the file will not grow any more: what is left without a line end is rejected
   */
  async next(sourceId: string, lexicon: Lexicon, seenSize: number, last = false): Promise<Batch | undefined> {
    const from = this.#lines.position;
    const firstLine = this.#lineNumber;
    const mostLines = Math.min(this.#mostLines, this.#limits.lines);
    const fold = lexicon.folds.next(this.#limits.transfers);
    const draft = new Draft(fold, lexicon.walker, this.#judge);
    const onLine = (buffer: Buffer, start: number, end: number, position: number) => {
      this.#lineNumber += 1;
      draft.take(buffer, start, end, position, this.#lineNumber);
      return !draft.fold.full && this.#lineNumber - firstLine < mostLines;
    };
    let stopped: boolean;
    do stopped = this.#lines.lines(onLine) === 'stopped';
    while (!stopped && (await this.#lines.fill()));
    // Where a full batch stopped, complete lines may follow in the buffer: they are the next batch's.
    if (last && !stopped && this.#lines.unfinished > 0) {
      this.#lineNumber += 1;
      draft.reject('unfinished', this.#lines.unfinishedHead, this.#lines.position, this.#lineNumber);
      this.#lines.abandonUnfinished();
    }
    const lines = this.#lineNumber - firstLine;
    if (lines === 0) return undefined;
    fold.seal();
    if (lines >= mostLines) this.#mostLines *= 4;
    return {
      ...draft.outcome(),
      sourceId,
      from,
      to: this.#place(),
      lines,
      seenSize: Math.max(seenSize, this.#lines.position),
    };
  }

  /** Where it stands, and what stands before it. */
  get mark(): Mark {
    const { position, tail } = this.#lines;
    return { position, tail };
  }

  #place(): Place {
    const { position, tail } = this.#lines;
    return { position, lines: this.#lineNumber, tail: hashTail(tail), tailLength: tail.length };
  }
}

/** Whether the bytes before the mark are still those that were read there. */
export async function isMarkIn(input: Input, { position, tail }: Mark): Promise<boolean> {
  const now = Buffer.alloc(tail.length);
  const length = await readFully(input, now, position - tail.length);
  return length === tail.length && now.equals(tail);
}

/** What stands in `sources.tail` for the last bytes before the cursor. */
export function hashTail(tail: Uint8Array): Buffer {
  return createHash('sha256').update(tail).digest();
}

/** One batch in the making. */
class Draft {
  readonly fold: Fold;
  readonly #walker: Walker | undefined;
  readonly #judge: Judge;
  readonly #rejects: Reject[] = [];
  readonly #rejectCounts = new Map<Reason, number>();
  readonly #latest: number;
  #lastAt: number | undefined;

  constructor(fold: Fold, walker: Walker | undefined, judge: Judge) {
    this.fold = fold;
    this.#walker = walker;
    this.#judge = judge;
    this.#latest = judge.now() + futureLimit;
  }

  take(buffer: Buffer, start: number, end: number, position: number, line: number): void {
    const walker = this.#walker;
    if (!walker?.read(buffer, start, end)) {
      this.#takePlainly(buffer.subarray(start, end), position, line);
      return;
    }
    const { at } = walker;
    const reason = this.#objection(at);
    if (reason !== undefined) {
      this.reject(reason, buffer.subarray(start, end), position, line);
      return;
    }
    const { visitorHi, visitorLo, version, token, origin, from, sent, ms } = walker;
    this.fold.keyUses.note(walker.key, walker.edge, Math.floor(at / dayLength), at);
    this.fold.add(visitorHi, visitorLo, version, token, origin, at, from, sent, ms);
    this.#lastAt = at;
  }

  #takePlainly(bytes: Buffer, position: number, line: number): void {
    const reading = this.#judge.readLine(bytes);
    const reason = reading.kind === 'reject' ? reading.reason : this.#objection(reading.entry.at);
    if (reason !== undefined) {
      this.reject(reason, bytes, position, line);
    } else if (reading.kind === 'entry') {
      this.fold.addEntry(reading.entry);
      this.#walker?.learn(reading.entry);
      this.#lastAt = reading.entry.at;
    }
  }

  reject(reason: Reason, bytes: Uint8Array, position: number, line: number): void {
    this.#rejectCounts.set(reason, (this.#rejectCounts.get(reason) ?? 0) + 1);
    // What the operator asked to leave out is no fault to look into.
    if (this.#rejects.length >= samplesPerBatch || reason.startsWith('filtered_')) return;
    this.#rejects.push({ line, position, reason, sample: sampleOf(bytes) });
  }

  outcome(): Pick<Batch, 'fold' | 'rejects' | 'rejectCounts' | 'lastAt'> {
    return {
      fold: this.fold,
      rejects: this.#rejects,
      rejectCounts: this.#rejectCounts,
      lastAt: this.#lastAt,
    };
  }

  #objection(at: number): Reason | undefined {
    if (at > this.#latest) return 'future';
    const { closedDays } = this.#judge;
    return closedDays.size > 0 && closedDays.has(Math.floor(at / dayLength)) ? 'day_closed' : undefined;
  }
}

/**
 * How a line begins, for people. Printable ASCII stays, every other byte becomes \xHH: a terminal or a page shows it
 * without harm. A line of another log may hold what is kept nowhere: its addresses and query strings, and so its
 * signatures, are left out.
 */
export function sampleOf(bytes: Uint8Array): string {
  let sample = '';
  for (const byte of bytes.subarray(0, sampleLength)) {
    const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x5c;
    sample += plain
      ? String.fromCharCode(byte)
      : byte === 0x5c
        ? '\\\\'
        : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return sample
    .replace(maybeAddress, (text) => (isIP(text.replace(/(?<=\.\d+):\d+$/, '')) === 0 ? text : '(address)'))
    .replace(query, '?(query)');
}

const maybeAddress =
  /(?<![\w./:-])[\dA-Fa-f][\dA-Fa-f.:]{2,44}(?![\w/])|(?<![\w./:-])::[\dA-Fa-f.:]{1,42}(?![\w/])/g;
// To the end of the word: also where the line was cut in the middle of it.
const query = /\?[^\s"]+/g;
