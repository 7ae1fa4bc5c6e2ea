// Makes batches of a source: reads lines, judges them and folds them, until the fold is full or the source has no more.

import { type Input, LineReader } from '../log/line-reader.ts';
import { hashTail, type Mark } from '../log/mark.ts';
import { dayOf } from '../record/day.ts';
import type { FastReader } from '../record/fast-reader.ts';
import type { Names } from '../record/names.ts';
import type { Reading, Reason } from '../record/record.ts';
import {
  type Batch,
  type BatchLimits,
  firstLines,
  futureLimit,
  type Place,
  type Reject,
  samplesPerBatch,
} from './batch.ts';
import type { Fold } from './fold.ts';
import { sampleOf } from './sample.ts';
import type { TwoFolds } from './two-folds.ts';

/** How one line is read plainly: our records, or a foreign log's format. Without its line end. */
export type ReadLine = (line: Buffer) => Reading;

/** The names seen so far, and what uses them: the folds, and the fast reader (records only; other formats have none). */
export type Lexicon = { names: Names; folds: TwoFolds; fastReader: FastReader | undefined };

/** How lines are read, and which are rejected whatever their form. */
export type Judge = {
  readLine: ReadLine;
  /** The clock, milliseconds: lines from the future are rejected. */
  now(): number;
  /** Days (since 1970) whose transfers were dropped. */
  closedDays: ReadonlySet<number>;
};

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
    const draft = new Draft(fold, lexicon.fastReader, this.#judge);
    const onLine = (buffer: Buffer, start: number, end: number, position: number) => {
      this.#lineNumber += 1;
      draft.take(buffer, start, end, position, this.#lineNumber);
      return !draft.fold.full && this.#lineNumber - firstLine < mostLines;
    };
    let stopped: boolean;
    do stopped = this.#lines.lines(onLine) === 'stopped';
    while (!stopped && (await this.#lines.fill()));
    // When a batch is full, complete lines may still be in the buffer: they belong to the next one.
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

/** One batch in the making. */
class Draft {
  readonly fold: Fold;
  readonly #fastReader: FastReader | undefined;
  readonly #judge: Judge;
  readonly #rejects: Reject[] = [];
  readonly #rejectCounts = new Map<Reason, number>();
  readonly #latest: number;
  #lastAt: number | undefined;

  constructor(fold: Fold, fastReader: FastReader | undefined, judge: Judge) {
    this.fold = fold;
    this.#fastReader = fastReader;
    this.#judge = judge;
    this.#latest = judge.now() + futureLimit;
  }

  take(buffer: Buffer, start: number, end: number, position: number, line: number): void {
    const reader = this.#fastReader;
    if (!reader?.read(buffer, start, end)) {
      this.#takePlainly(buffer.subarray(start, end), position, line);
      return;
    }
    const { at } = reader.request;
    const reason = this.#objection(at);
    if (reason !== undefined) {
      this.reject(reason, buffer.subarray(start, end), position, line);
      return;
    }
    this.fold.add(reader.request);
    this.#lastAt = at;
  }

  #takePlainly(bytes: Buffer, position: number, line: number): void {
    const reading = this.#judge.readLine(bytes);
    const reason = reading.kind === 'reject' ? reading.reason : this.#objection(reading.entry.at);
    if (reason !== undefined) {
      this.reject(reason, bytes, position, line);
    } else if (reading.kind === 'entry') {
      this.fold.addEntry(reading.entry);
      this.#fastReader?.learn(reading.entry);
      this.#lastAt = reading.entry.at;
    }
  }

  reject(reason: Reason, bytes: Uint8Array, position: number, line: number): void {
    this.#rejectCounts.set(reason, (this.#rejectCounts.get(reason) ?? 0) + 1);
    // Lines that the operator asked to leave out are no fault: they need no sample.
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
    return closedDays.size > 0 && closedDays.has(dayOf(at)) ? 'day_closed' : undefined;
  }
}
