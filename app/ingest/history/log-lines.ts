// How the lines of a log are read: its format, found or given, and what the options leave out.

import type { ReadLine } from '../fold/batch-reader.ts';
import type { LogFile } from '../log/log-file.ts';
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
export type Opened = { file: LogFile; readLine: ReadLine; isRecords: boolean; end: Buffer | undefined };

/**
 * Finds out how an open file is to be read.
 * @throws UserError where it is damaged, or has no format we know
 */
export async function look(file: LogFile, options: LineOptions): Promise<Opened> {
  const end = await verify(file);
  const { readLine, isRecords } = await lineReader(file, options);
  return { file, readLine: withSizes(withinTime(readLine, options), options.sizeOf), isRecords, end };
}

/** Leaves out what is not of the time that is asked for. */
function withinTime(readLine: ReadLine, { since, until }: LineOptions): ReadLine {
  return (line) => {
    const reading = readLine(line);
    if (reading.kind !== 'entry' || (reading.entry.at >= since && reading.entry.at < until)) return reading;
    return { kind: 'reject', reason: 'filtered_time' };
  };
}

/** How this file's lines are read. With the format `auto` its first lines tell. */
async function lineReader(
  file: LogFile,
  options: LineOptions,
): Promise<{ readLine: ReadLine; isRecords: boolean }> {
  const lines = await firstLines(file);
  const own = options.formatFor?.(file.path) ?? options;
  const isRecords =
    own.format === 'records' || (own.format === 'auto' && (lines.length === 0 || holdsRecords(lines)));
  if (!isRecords) {
    const read = own.host === undefined ? options.read : { ...options.read, host: own.host };
    const choice = chooseFormat(file.path, lines, own, read);
    options.onFormat(file.path, choice.described);
    return { readLine: choice.readLine, isRecords };
  }
  return { readLine: (line) => readOwn(line, options), isRecords };
}

/** Records are counted as they are, but for their path. */
function readOwn(line: Buffer, { read }: LineOptions): Reading {
  const reading = readRecord(line);
  if (reading.kind !== 'entry' || read.matches(reading.entry.path)) return reading;
  return { kind: 'reject', reason: 'filtered_path' };
}
