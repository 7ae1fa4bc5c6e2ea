// Makes batches of a source: reads lines, judges them and folds them, until the fold is full or the source has no more.

import { type Input, LineReader } from '../log/line-reader.ts';
import { hashTail, type Mark } from '../log/mark.ts';
import { dayOf } from '../record/day.ts';
import { LineHash } from '../record/line-hash.ts';
import { droppedOrigin, type Names } from '../record/names.ts';
import type { Reading, Reason } from '../record/record.ts';
import type { SightReader } from '../record/sight-reader.ts';
import {
  type Batch,
  type BatchLimits,
  firstLines,
  futureLimit,
  type Place,
  type Reject,
  type SeenLines,
  samplesPerBatch,
} from './batch.ts';
import type { Fold } from './fold.ts';
import { sampleOf } from './sample.ts';
import type { TwoFolds } from './two-folds.ts';

/** How one line is read plainly: our records, or a foreign log's format. Without its line end. */
export type ReadLine = (line: Buffer) => Reading;

/** The names seen so far, and what uses them: the folds, and a fast reader of records where all sources hold such. */
export type Lexicon = { names: Names; folds: TwoFolds; fastReader: SightReader | undefined };

/** How lines are read, and which are rejected whatever their form. */
export type Judge = {
  readLine: ReadLine;
  /** Makes the fast reader of this source's format, where it has one of its own. */
  fastReader?: ((names: Names) => SightReader) | undefined;
  /** Whether a time is one that is counted (milliseconds); `readLine` says so too, with the reason. */
  covers?: ((at: number) => boolean) | undefined;
  /** The clock, milliseconds: lines from the future are rejected. */
  now(): number;
  /** Days (since 1970) whose transfers were dropped. */
  closedDays: ReadonlySet<number>;
  /** Of imports: which lines another log had already. */
  seen?: SeenLines | undefined;
};

export class BatchReader {
  readonly #lines: LineReader;
  readonly #judge: Judge;
  readonly #limits: BatchLimits;
  #lineNumber: number;
  #mostLines = firstLines;
  #fastReader: SightReader | undefined;

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
   * The next batch, undefined when there is nothing to store.
   * @param seenSize how large the source is, as far as known: told to people
   * @param unfinished what becomes of a last line without its end. `wait`: the rest of it may come. `reject`: the file will
   *   not grow any more. `count`: it is counted if nothing is missing but the line end, otherwise left where it is
   */
  async next(
    sourceId: string,
    lexicon: Lexicon,
    seenSize: number,
    unfinished: 'wait' | 'reject' | 'count' = 'wait',
  ): Promise<Batch | undefined> {
    const from = this.#lines.position;
    const firstLine = this.#lineNumber;
    const mostLines = Math.min(this.#mostLines, this.#limits.lines);
    const fold = lexicon.folds.next(this.#limits.transfers);
    const draft = new Draft(fold, this.#fastReaderFor(lexicon), this.#judge);
    const onLine = (buffer: Buffer, start: number, end: number, position: number) => {
      if (!draft.take(buffer, start, end, position, this.#lineNumber + 1)) return 'again';
      this.#lineNumber += 1;
      return !fold.full && this.#lineNumber - firstLine < mostLines;
    };
    let stopped: boolean;
    for (;;) {
      stopped = this.#lines.lines(onLine) === 'stopped';
      if (draft.waits) await draft.loadDay();
      else if (stopped || !(await this.#lines.fill())) break;
    }
    // When a batch is full, complete lines may still be in the buffer: they belong to the next one.
    if (!stopped && this.#lines.unfinished > 0) await this.#end(draft, unfinished);
    const lines = this.#lineNumber - firstLine;
    if (lines === 0) return undefined;
    fold.seal();
    if (lines >= mostLines) this.#mostLines *= 4;
    return {
      ...draft.outcome(from),
      sourceId,
      from,
      to: this.#place(),
      lines,
      seenSize: Math.max(seenSize, this.#lines.position),
    };
  }

  #fastReaderFor({ names, fastReader }: Lexicon): SightReader | undefined {
    const make = this.#judge.fastReader;
    if (!make) return fastReader;
    if (this.#fastReader?.names !== names) this.#fastReader = make(names);
    return this.#fastReader;
  }

  /** What becomes of the last line, which has no end. */
  async #end(draft: Draft, unfinished: 'wait' | 'reject' | 'count'): Promise<void> {
    const head = this.#lines.unfinishedHead;
    const { position } = this.#lines;
    const line = this.#lineNumber + 1;
    if (unfinished === 'reject') draft.reject('unfinished', head, position, line);
    else if (unfinished === 'wait' || !(await this.#takeWhole(draft, head, position, line))) return;
    this.#lineNumber = line;
    this.#lines.abandonUnfinished();
  }

  /** Counts a line that lacks nothing but its end; false if it lacks more, or might. */
  async #takeWhole(draft: Draft, head: Buffer, position: number, line: number): Promise<boolean> {
    const isClosed = /["\]}]$/.test(head.subarray(-1).toString('latin1'));
    if (!isClosed || this.#judge.readLine(head).kind !== 'entry') return false;
    while (!draft.take(head, 0, head.length, position, line)) {
      if (!draft.waits) return false;
      await draft.loadDay();
    }
    return true;
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
  readonly #fastReader: SightReader | undefined;
  readonly #judge: Judge;
  readonly #rejects: Reject[] = [];
  readonly #rejectCounts = new Map<Reason, number>();
  readonly #latest: number;
  readonly #hash = new LineHash();
  #lastAt: number | undefined;
  #waits = false;

  constructor(fold: Fold, fastReader: SightReader | undefined, judge: Judge) {
    this.fold = fold;
    this.#fastReader = fastReader;
    this.#judge = judge;
    this.#latest = judge.now() + futureLimit;
  }

  /** False: nothing was taken. Either `waits` says that a day must be loaded, or the line belongs to another batch. */
  take(buffer: Buffer, start: number, end: number, position: number, line: number): boolean {
    const reader = this.#fastReader;
    if (!reader?.read(buffer, start, end) || this.#judge.covers?.(reader.request.at) === false)
      return this.#takePlainly(buffer.subarray(start, end), position, line);
    const { at, origin } = reader.request;
    const reason = this.#objection(at) ?? (origin === droppedOrigin ? 'filtered_agent' : undefined);
    if (reason !== undefined) {
      this.reject(reason, buffer.subarray(start, end), position, line);
      return true;
    }
    const day = dayOf(at);
    if (!this.fold.holds(day)) return false;
    const seen = this.#judge.seen?.judge(day, reader.hash());
    if (seen === 'wait' || seen === 'known')
      return this.#notNew(seen, buffer.subarray(start, end), position, line);
    this.fold.add(reader.request);
    this.#lastAt = at;
    return true;
  }

  #takePlainly(bytes: Buffer, position: number, line: number): boolean {
    const reading = this.#judge.readLine(bytes);
    const reason = reading.kind === 'reject' ? reading.reason : this.#objection(reading.entry.at);
    if (reason !== undefined || reading.kind === 'reject') {
      this.reject(reason ?? 'format', bytes, position, line);
      return true;
    }
    const { entry } = reading;
    const origin = this.fold.names.originOf(entry);
    if (origin === droppedOrigin) {
      this.#fastReader?.learn(entry, true);
      this.reject('filtered_agent', bytes, position, line);
      return true;
    }
    const day = dayOf(entry.at);
    if (!this.fold.holds(day)) return false;
    const seen = this.#judge.seen?.judge(day, this.#hash.of(entry, reading.clientTag ?? 0));
    if (seen === 'wait' || seen === 'known') return this.#notNew(seen, bytes, position, line);
    this.fold.addEntry(entry, origin);
    this.#fastReader?.learn(entry);
    this.#lastAt = entry.at;
    return true;
  }

  #notNew(seen: 'wait' | 'known', bytes: Buffer, position: number, line: number): boolean {
    this.#waits = seen === 'wait';
    if (!this.#waits) this.reject('known', bytes, position, line);
    return !this.#waits;
  }

  /** Whether the line that was not taken waits for its day. */
  get waits(): boolean {
    return this.#waits;
  }

  /** Loads that day; then the line is to be offered again. */
  async loadDay(): Promise<void> {
    await this.#judge.seen?.load();
    this.#waits = false;
  }

  reject(reason: Reason, bytes: Uint8Array, position: number, line: number): void {
    this.#rejectCounts.set(reason, (this.#rejectCounts.get(reason) ?? 0) + 1);
    // Lines that were counted before, or that the operator asked to leave out, are no fault: they need no sample.
    if (this.#rejects.length >= samplesPerBatch || reason === 'known' || reason.startsWith('filtered_'))
      return;
    this.#rejects.push({ line, position, reason, sample: sampleOf(bytes) });
  }

  outcome(from: number): Pick<Batch, 'fold' | 'rejects' | 'rejectCounts' | 'lastAt' | 'lineHashes'> {
    return {
      fold: this.fold,
      rejects: this.#rejects,
      rejectCounts: this.#rejectCounts,
      lastAt: this.#lastAt,
      lineHashes: this.#judge.seen?.taken(from),
    };
  }

  #objection(at: number): Reason | undefined {
    if (at > this.#latest) return 'future';
    const { closedDays } = this.#judge;
    return closedDays.size > 0 && closedDays.has(dayOf(at)) ? 'day_closed' : undefined;
  }
}
