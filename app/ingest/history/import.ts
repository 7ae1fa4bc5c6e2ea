// Importing history: whole files, each to its end, by the same cursors as the agent. What was read before, by
// this or any other name, is not read again.

import type postgres from 'postgres';
import { connect } from '../../db/connection.ts';
import { inTransaction } from '../../db/transaction.ts';
import type { Logger } from '../../log.ts';
import { UserError } from '../../user-error.ts';
import { type Batch, fileLimits } from '../fold/batch.ts';
import { BatchReader, type Judge, type ReadLine } from '../fold/batch-reader.ts';
import { resume } from '../log/cursors.ts';
import { LineReader } from '../log/line-reader.ts';
import { fingerprintOf, LogFile, readFully } from '../log/log-file.ts';
import { readRecord } from '../record/record.ts';
import { importLock } from '../store/partitions.ts';
import { CursorMoved } from '../store/store-batch.ts';
import type { Writer } from '../store/writer.ts';
import { type ClfOptions, type Format, formatOf, readClf } from './clf.ts';
import { addBatch, countLines, type FileOutcome } from './dry-run.ts';
import { LargestAnswers, type SizeOf, withSizes } from './sizes.ts';

/** How far a file has been read; `size` of the content, 0 where it is packed and so unknown. */
export type Progress = { path: string; position: number; size: number; lines: number };

export type ImportOptions = {
  format: Format | 'auto';
  clf: Omit<ClfOptions, 'format'>;
  /** Which decoded paths are counted; asked for records, too. */
  matches: (path: string) => boolean;
  onProgress: (progress: Progress) => void;
  /** Sizes for what the log tells none of (sizes.ts). */
  sizeOf?: SizeOf | undefined;
};

/**
 * Keeps retention from closing days while an import runs. The lock belongs to a transaction that is idle all the while:
 * PgBouncer would take the connection of a session away.
 */
export async function whileImporting<T>(databaseUrl: string, work: () => Promise<T>): Promise<T> {
  const sql = connect(databaseUrl, { max: 1, connection: { application_name: 'tallygate-import' } });
  try {
    const holdingDays = async (tx: postgres.TransactionSql) => {
      await tx`select pg_advisory_xact_lock_shared(${importLock})`;
      return work();
    };
    return await inTransaction(sql, holdingDays, '0');
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** Reads one file to its end, or to where `signal` is aborted. */
export async function importFile(
  path: string,
  writer: Writer,
  options: ImportOptions,
  log: Logger,
  signal: AbortSignal,
): Promise<FileOutcome> {
  const file = await openLog(path);
  try {
    await verify(file);
    const outcome: FileOutcome = { path, lines: 0, requests: 0, rejects: new Map() };
    const readLine = withSizes(await lineReader(file, options), options.sizeOf);
    while (!signal.aborted) {
      try {
        await readOn(file, writer, { readLine, options, outcome }, signal);
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
  file: LogFile,
  writer: Writer,
  { readLine, options, outcome }: { readLine: ReadLine; options: ImportOptions; outcome: FileOutcome },
  signal: AbortSignal,
): Promise<void> {
  const fingerprint = await fingerprintOf(file, true);
  if (!fingerprint) return;
  const about = { kind: 'history', path: file.path, edge: options.clf.edge } as const;
  const found = await resume(writer.sql, file, fingerprint, about);
  if (found.kind === 'behind') return;
  const judge: Judge = { readLine, now: Date.now, closedDays: writer.closedDays };
  const reader = new BatchReader(file, found.cursor, judge, fileLimits);
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
  await writer.storeAll((lexicon) => reader.next(found.cursor.id, lexicon, size, true), signal, onCommit);
}

/** The largest whole answer of each file in these logs, which are read once for it. */
export async function largestAnswers(
  paths: readonly string[],
  options: ImportOptions,
  signal: AbortSignal,
): Promise<SizeOf> {
  const largest = new LargestAnswers();
  for (const path of paths) {
    const file = await openLog(path);
    try {
      await verify(file);
      const readLine = await lineReader(file, options);
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
  return largest.sizeOf;
}

/** What would be counted, without a database. */
export async function dryRun(path: string, options: ImportOptions): Promise<FileOutcome> {
  const file = await openLog(path);
  try {
    await verify(file);
    return await countLines(file, await lineReader(file, options));
  } finally {
    await file.close();
  }
}

/** How this file's lines are read. With the format `auto` its first lines tell. */
async function lineReader(file: LogFile, options: ImportOptions): Promise<ReadLine> {
  const format = options.format === 'auto' ? await findFormat(file) : options.format;
  if (format !== 'records') return (line) => readClf(line, { ...options.clf, format });
  return (line) => {
    const reading = readRecord(line);
    if (reading.kind === 'entry' && !options.matches(reading.entry.path)) {
      return { kind: 'reject', reason: 'filtered_path' };
    }
    return reading;
  };
}

async function findFormat(file: LogFile): Promise<Format> {
  const head = Buffer.alloc(65_536);
  const length = await readFully(file, head, 0);
  for (let start = 0; start < length; ) {
    const end = head.indexOf(10, start);
    const line = head.subarray(start, end < 0 ? length : Math.min(end, length));
    const format = formatOf(line);
    if (format) return format;
    if (end < 0) break;
    start = end + 1;
  }
  if (length === 0) return 'records';
  throw new UserError(
    `${file.path} is in no format that is known here`,
    'Name one with --format: records, combined, common or vhost_combined.',
  );
}

async function openLog(path: string): Promise<LogFile> {
  try {
    return await LogFile.open(path);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    throw new UserError(`cannot read ${path} (${code})`, 'Check its name and its permissions.', {
      cause: error,
    });
  }
}

async function verify(file: LogFile): Promise<void> {
  try {
    await file.packed?.verify();
  } catch (error) {
    if (error instanceof UserError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`${file.path} is damaged or not complete: ${reason}`, 'Nothing of it was counted.');
  }
}
