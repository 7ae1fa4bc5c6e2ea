// How the lines of a log are read: its format, found or given, and what the options leave out.

import type { Judge, ReadLine } from '../fold/batch-reader.ts';
import type { LogFile } from '../log/log-file.ts';
import { FastReader } from '../record/fast-reader.ts';
import type { Names } from '../record/names.ts';
import { type Reading, readRecord } from '../record/record.ts';
import { chooseFormat, holdsRecords, type Wanted } from './formats/choose.ts';
import type { ReadOptions } from './formats/entry.ts';
import { firstLines, verify } from './open-log.ts';
import { type SizeOf, withSizes } from './sizes.ts';

/** The format of a log, `records` for our own; the host of lines that name none. */
type LogFormat = Wanted & { host?: string };

/** How logs are read, and what of them. */
export type LineOptions = LogFormat & {
  read: ReadOptions;
  /** The format of one log, where it has one of its own. */
  formatFor?: (path: string) => LogFormat;
  /** Told which format was found or given. */
  onFormat: (path: string, described: string) => void;
  /** The time that is counted, milliseconds: from `since` on, and before `until`. */
  since: number;
  until: number;
  /** Sizes for what the log tells none of (sizes.ts). */
  sizeOf?: SizeOf | undefined;
};

/** An open file, how its lines are read, and its last bytes where reading it to its end has told them. */
export type Opened = Reader & { file: LogFile; end: Buffer | undefined };

/** How lines are read, plainly and at sight. */
type Reader = { readLine: ReadLine; fastReader: Judge['fastReader']; isRecords: boolean };

/**
 * Finds out how an open file is to be read.
 * @throws UserError where it is damaged, or has no format we know
 */
export async function look(file: LogFile, options: LineOptions): Promise<Opened> {
  const end = await verify(file);
  const { readLine, ...reader } = await lineReader(file, options);
  return { file, ...reader, readLine: withSizes(withinTime(readLine, options), options.sizeOf), end };
}

/** Leaves out what is not of the time that is asked for. */
function withinTime(readLine: ReadLine, options: LineOptions): ReadLine {
  return (line) => {
    const reading = readLine(line);
    if (reading.kind !== 'entry' || isCovered(reading.entry.at, options)) return reading;
    return { kind: 'reject', reason: 'filtered_time' };
  };
}

/** Whether the options ask for what was at `at` (milliseconds since the epoch). */
export const isCovered = (at: number, { since, until }: LineOptions) => at >= since && at < until;

/** How this file's lines are read. With the format `auto` its first lines tell. */
async function lineReader(file: LogFile, options: LineOptions): Promise<Reader> {
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
function readOwn(line: Buffer, { read }: LineOptions): Reading {
  const reading = readRecord(line);
  if (reading.kind !== 'entry' || read.matches(reading.entry.path)) return reading;
  return { kind: 'reject', reason: 'filtered_path' };
}
