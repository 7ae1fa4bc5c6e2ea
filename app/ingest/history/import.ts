// Importing history: whole files, each to its end. A line is counted once, whichever files it stands in (seen-lines.ts), and
// what an earlier import of a file has read is not read again (log/cursors.ts).

import { ServerClock } from '../../db/server-clock.ts';
import type { Logger } from '../../log.ts';
import { UserError } from '../../user-error.ts';
import { type Batch, fileLimits } from '../fold/batch.ts';
import { BatchReader, type Judge, type ReadLine } from '../fold/batch-reader.ts';
import { resume } from '../log/cursors.ts';
import { LineReader } from '../log/line-reader.ts';
import { fingerprintOf, LogFile, readFully } from '../log/log-file.ts';
import type { Classified } from '../record/classify.ts';
import { FastReader } from '../record/fast-reader.ts';
import type { Names } from '../record/names.ts';
import { type Reading, readRecord } from '../record/record.ts';
import { CursorMoved } from '../store/store-batch.ts';
import type { Writer } from '../store/writer.ts';
import { countLines } from './dry-run.ts';
import { chooseFormat, holdsRecords, linesIn, type Wanted } from './formats/choose.ts';
import type { ReadOptions } from './formats/entry.ts';
import { addBatch, type FileOutcome, newOutcome } from './outcome.ts';
import { checkOverlap } from './overlap.ts';
import { ImportedLines } from './seen-lines.ts';
import { LargestAnswers, type SizeOf, withSizes } from './sizes.ts';

/** How far a file has been read; `size` of the content, 0 where it is packed and so unknown. */
export type Progress = { path: string; position: number; size: number; lines: number };

/** The format of a log, `records` for our own; the host of lines that name none. */
type LogFormat = Wanted & { host?: string };

export type ImportOptions = LogFormat & {
  read: ReadOptions;
  /** The format of one log, where it has one of its own. */
  formatFor?: (path: string) => LogFormat;
  /** Told which format was found or given. */
  onFormat: (path: string, described: string) => void;
  classify: (userAgent: string) => Classified;
  /** The time that is counted, milliseconds: from `since` on, and before `until`. */
  since: number;
  until: number;
  /** Whether lines of a time in which their host was counted live are counted, too. */
  overlap: boolean;
  /** All options that decide what a line comes to: with others, a file is read from its beginning. */
  identity: string;
  onProgress: (progress: Progress) => void;
  /** Sizes for what the log tells none of (sizes.ts). */
  sizeOf?: SizeOf | undefined;
};

/** An open file, how its lines are read, and its last bytes where reading it to its end has told them. */
type Opened = Reader & { file: LogFile; end: Buffer | undefined };

/** How lines are read, plainly and at sight. */
type Reader = { readLine: ReadLine; fastReader: Judge['fastReader']; isRecords: boolean };

/** What a log is called, and the file it is in where that is another (standard input). */
export type NamedLog = { path: string; file?: string };

/**
 * Reads one file to its end, or to where `signal` is aborted.
 * @throws UserError where it cannot be read, or overlaps with what was counted live
 */
export async function importFile(
  { path, file: name = path }: NamedLog,
  writer: Writer,
  options: ImportOptions,
  log: Logger,
  signal: AbortSignal,
): Promise<FileOutcome> {
  const file = await openLog(path, name);
  try {
    const opened = await look(file, options);
    if (!options.overlap) await checkOverlap(writer.sql, opened);
    const outcome = newOutcome(path);
    while (!signal.aborted) {
      try {
        await readOn(opened, writer, { options, outcome }, signal);
        return outcome;
      } catch (error) {
        if (!(error instanceof CursorMoved)) throw error;
        writer.forget();
        log.debug({ path }, 'the cursor is elsewhere than it was left; it is read again');
      }
    }
    return outcome;
  } finally {
    await file.close();
  }
}

async function readOn(
  { file, readLine, fastReader, isRecords }: Opened,
  writer: Writer,
  { options, outcome }: { options: ImportOptions; outcome: FileOutcome },
  signal: AbortSignal,
): Promise<void> {
  const fingerprint = await fingerprintOf(file, true, isRecords ? '' : options.identity);
  if (!fingerprint) return;
  const about = { kind: 'history', path: file.path, edge: options.read.edge } as const;
  const found = await resume(writer.sql, file, fingerprint, about, isRecords ? 'behind' : 'another');
  if (found.kind === 'behind') {
    // An older copy of a log that was read further: all its lines are known.
    outcome.before = await countLineEnds(file);
    return;
  }
  const { cursor } = found;
  outcome.before = cursor.lines - outcome.lines;
  const seen = await ImportedLines.open(writer.sql, cursor.id);
  const clock = new ServerClock();
  await writer.lookAt(clock);
  const now = () => Math.max(Date.now(), clock.now());
  const covers = (at: number) => isCovered(at, options);
  const judge: Judge = { readLine, fastReader, covers, now, closedDays: writer.closedDays, seen };
  const reader = new BatchReader(file, cursor, judge, fileLimits);
  const { size } = await file.status();
  const onCommit = (batch: Batch) => {
    addBatch(outcome, batch);
    options.onProgress({
      path: file.path,
      position: batch.to.position,
      size: file.packed ? 0 : size,
      lines: outcome.lines,
    });
  };
  await writer.storeAll((lexicon) => reader.next(cursor.id, lexicon, size, 'count'), signal, onCommit);
  outcome.unfinished = signal.aborted ? 0 : reader.unfinished;
}

async function countLineEnds(file: LogFile): Promise<number> {
  const buffer = Buffer.alloc(1 << 18);
  let lines = 0;
  for (let position = 0; ; ) {
    const length = await readFully(file, buffer, position);
    for (let at = buffer.indexOf(10); at >= 0 && at < length; at = buffer.indexOf(10, at + 1)) lines += 1;
    position += length;
    if (length < buffer.length) return lines;
  }
}

/** The largest whole answer of each file in these logs, which are read once for it. */
export async function largestAnswers(
  logs: readonly NamedLog[],
  options: ImportOptions,
  signal: AbortSignal,
): Promise<SizeOf> {
  const largest = new LargestAnswers();
  for (const log of logs) {
    try {
      await noteAnswers(largest, log, options, signal);
    } catch (error) {
      // A file that cannot be read is told of when it is imported.
      if (!(error instanceof UserError)) throw error;
    }
  }
  return largest.sizeOf;
}

async function noteAnswers(
  largest: LargestAnswers,
  { path, file: name = path }: NamedLog,
  options: ImportOptions,
  signal: AbortSignal,
): Promise<void> {
  const file = await openLog(path, name);
  try {
    const { readLine } = await look(file, { ...options, onFormat: () => {} });
    const lines = new LineReader(file, 0, Buffer.alloc(0));
    const onLine = (buffer: Buffer, start: number, end: number) => {
      largest.note(readLine(buffer.subarray(start, end)));
      return true;
    };
    do lines.lines(onLine);
    while (!signal.aborted && (await lines.fill()));
  } finally {
    await file.close();
  }
}

/** What would be counted, without a database. */
export async function dryRun(
  { path, file: opened = path }: NamedLog,
  options: ImportOptions,
): Promise<FileOutcome> {
  const file = await openLog(path, opened);
  try {
    const { readLine, fastReader } = await look(file, options);
    const covers = (at: number) => isCovered(at, options);
    return await countLines(file, { readLine, fastReader, covers }, options.classify);
  } finally {
    await file.close();
  }
}

async function look(file: LogFile, options: ImportOptions): Promise<Opened> {
  const end = await verify(file);
  const { readLine, ...reader } = await lineReader(file, options);
  return { file, ...reader, readLine: withSizes(withinTime(readLine, options), options.sizeOf), end };
}

/** Leaves out what is not of the time that is asked for. */
function withinTime(readLine: ReadLine, options: ImportOptions): ReadLine {
  return (line) => {
    const reading = readLine(line);
    if (reading.kind !== 'entry' || isCovered(reading.entry.at, options)) return reading;
    return { kind: 'reject', reason: 'filtered_time' };
  };
}

const isCovered = (at: number, { since, until }: ImportOptions) => at >= since && at < until;

/** How this file's lines are read. With the format `auto` its first lines tell. */
async function lineReader(file: LogFile, options: ImportOptions): Promise<Reader> {
  const lines = await firstLines(file);
  const own = options.formatFor?.(file.path) ?? options;
  const isRecords =
    own.format === 'records' || (own.format === 'auto' && (lines.length === 0 || holdsRecords(lines)));
  if (!isRecords) {
    const read = own.host === undefined ? options.read : { ...options.read, host: own.host };
    const { described, ...choice } = chooseFormat(file.path, lines, own, read);
    options.onFormat(file.path, described);
    return { ...choice, isRecords };
  }
  // A record says its size itself, so that the fast reading would not see the one from elsewhere.
  const fastReader = options.sizeOf ? undefined : (names: Names) => new FastReader(names);
  return { readLine: (line) => readOwn(line, options), fastReader, isRecords };
}

/** Records are counted as they are, but for their path. */
function readOwn(line: Buffer, { read }: ImportOptions): Reading {
  const reading = readRecord(line);
  if (reading.kind !== 'entry' || read.matches(reading.entry.path)) return reading;
  return { kind: 'reject', reason: 'filtered_path' };
}

/** The lines a format is told by. */
async function firstLines(file: LogFile): Promise<Buffer[]> {
  const head = Buffer.alloc(262_144);
  return linesIn(head.subarray(0, await readFully(file, head, 0)));
}

async function openLog(path: string, opened: string): Promise<LogFile> {
  try {
    return await LogFile.open(opened, path);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    throw new UserError(`cannot read ${path} (${code})`, 'Check its name and its permissions.', {
      cause: error,
    });
  }
}

/** Unpacks a packed file once, and returns the last bytes of its content. */
async function verify(file: LogFile): Promise<Buffer | undefined> {
  try {
    return await file.packed?.verify();
  } catch (error) {
    if (error instanceof UserError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`${file.path} is damaged or not complete: ${reason}`, 'Nothing of it was counted.');
  }
}
