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
import { fingerprintOf, LogFile, readFully } from '../log/log-file.ts';
import { readRecord } from '../record/record.ts';
import { importLock } from '../store/partitions.ts';
import { CursorMoved } from '../store/store-batch.ts';
import type { Writer } from '../store/writer.ts';
import { addBatch, countLines, type FileOutcome } from './dry-run.ts';
import { chooseFormat, holdsRecords, linesIn, type Wanted } from './formats/choose.ts';
import type { ReadOptions } from './formats/entry.ts';

/** How far a file has been read; `size` of the content, 0 where it is packed and so unknown. */
export type Progress = { path: string; position: number; size: number; lines: number };

/** The format of a log, `records` for our own; the host of lines that name none. */
export type LogFormat = Wanted & { host?: string };

export type ImportOptions = LogFormat & {
  read: ReadOptions;
  /** The format of one log, where it has one of its own. */
  formatFor?: (path: string) => LogFormat;
  /** Told which format was found or given. */
  onFormat: (path: string, described: string) => void;
  onProgress: (progress: Progress) => void;
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

/** What a log is called, and the file it is in where that is another (standard input). */
export type NamedLog = { path: string; file?: string };

/** Reads one file to its end, or to where `signal` is aborted. */
export async function importFile(
  { path, file: opened = path }: NamedLog,
  writer: Writer,
  options: ImportOptions,
  log: Logger,
  signal: AbortSignal,
): Promise<FileOutcome> {
  const file = await openLog(path, opened);
  try {
    await verify(file);
    const outcome: FileOutcome = { path, lines: 0, requests: 0, rejects: new Map() };
    const readLine = await lineReader(file, options);
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
  const about = { kind: 'history', path: file.path, edge: options.read.edge } as const;
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

/** What would be counted, without a database. */
export async function dryRun(
  { path, file: opened = path }: NamedLog,
  options: ImportOptions,
): Promise<FileOutcome> {
  const file = await openLog(path, opened);
  try {
    await verify(file);
    return await countLines(file, await lineReader(file, options));
  } finally {
    await file.close();
  }
}

/** How this file's lines are read. With the format `auto` its first lines tell. */
async function lineReader(file: LogFile, options: ImportOptions): Promise<ReadLine> {
  const lines = await firstLines(file);
  const own = options.formatFor?.(file.path) ?? options;
  const isRecords = own.format === 'auto' && (lines.length === 0 || holdsRecords(lines));
  if (own.format !== 'records' && !isRecords) {
    const read = own.host === undefined ? options.read : { ...options.read, host: own.host };
    const choice = chooseFormat(file.path, lines, own, read);
    options.onFormat(file.path, choice.described);
    return choice.readLine;
  }
  return (line) => {
    const reading = readRecord(line);
    if (reading.kind === 'entry' && !options.read.matches(reading.entry.path)) {
      return { kind: 'reject', reason: 'filtered_path' };
    }
    return reading;
  };
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

async function verify(file: LogFile): Promise<void> {
  try {
    await file.packed?.verify();
  } catch (error) {
    if (error instanceof UserError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`${file.path} is damaged or not complete: ${reason}`, 'Nothing of it was counted.');
  }
}
