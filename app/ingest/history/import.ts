// Importing history: whole files, each to its end. A line is counted once, whichever files it stands in (seen-lines.ts), and
// what an earlier import of a file has read is not read again (log/cursors.ts).

import { ServerClock } from '../../db/server-clock.ts';
import type { Logger } from '../../log.ts';
import { UserError } from '../../user-error.ts';
import { type Batch, fileLimits, type ImportOf } from '../fold/batch.ts';
import { BatchReader, type Judge, type Lexicon } from '../fold/batch-reader.ts';
import { resume } from '../log/cursors.ts';
import { fingerprintOf, type LogFile, readFully } from '../log/log-file.ts';
import { CountedLive, CursorMoved } from '../store/store-batch.ts';
import type { Writer } from '../store/writer.ts';
import { type LineOptions, look, type Opened } from './log-lines.ts';
import { type NamedLog, openLog } from './open-log.ts';
import { addBatch, type FileOutcome, newOutcome } from './outcome.ts';
import { checkOverlap } from './overlap.ts';
import { ImportedLines } from './seen-lines.ts';

/** How far a file has been read; `size` of the content, 0 where it is packed and so unknown. */
export type Progress = { path: string; position: number; size: number; lines: number };

export type ImportOptions = LineOptions & {
  /** Whether lines of a time in which their host was counted live are counted, too. */
  overlap: boolean;
  /** All options that decide what a line comes to: with others, a file is read from its beginning. */
  identity: string;
  onProgress: (progress: Progress) => void;
};

/**
 * Reads one file to its end, or to where `signal` is aborted.
 * @throws UserError where it cannot be read, or overlaps with what was counted live
 */
export async function importFile(
  named: NamedLog,
  writer: Writer,
  options: ImportOptions,
  log: Logger,
  signal: AbortSignal,
): Promise<FileOutcome> {
  const { path } = named;
  const file = await openLog(named);
  try {
    const opened = await look(file, options);
    if (!options.overlap) await checkOverlap(writer.sql, opened);
    const outcome = newOutcome(path);
    while (!signal.aborted) {
      try {
        await readOn(opened, writer, { options, outcome }, signal);
        return outcome;
      } catch (error) {
        if (error instanceof CountedLive) throw await overlapsLive(writer, path, outcome, error);
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
  { file, readLine, isRecords }: Opened,
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
  const judge: Judge = { readLine, now, closedDays: writer.closedDays, seen };
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
  // What goes on with a log that an agent has read is counted live.
  const importOf: ImportOf | undefined =
    cursor.kind === 'history'
      ? { id: Number(cursor.id), meetsLive: !isRecords ? 'never' : options.overlap ? 'counted' : 'refused' }
      : undefined;
  const next = async (lexicon: Lexicon) => {
    const batch = await reader.next(cursor.id, lexicon, size, 'count');
    return batch && { ...batch, importOf };
  };
  outcome.importId = importOf && cursor.id;
  await writer.storeAll(next, signal, onCommit);
  outcome.unfinished = signal.aborted ? 0 : reader.unfinished;
}

/** What to say where a record may have been counted live; what was counted of the log before it stays. */
async function overlapsLive(
  writer: Writer,
  path: string,
  { importId = '', requests }: FileOutcome,
  { of }: CountedLive,
): Promise<UserError> {
  // The connection belongs to a transaction that has failed.
  await writer.reset();
  await writer.sql`delete from sources where id = ${importId} and lines = 0`;
  const before =
    requests === 0
      ? ''
      : ` What stood before it is counted: tallygate ingest --undo ${importId} takes it back.`;
  return new UserError(
    `${path} holds downloads of ${of.host}${of.path} at ${of.at.toISOString().slice(0, 19)}Z, when the same visitor's downloads of it were counted live`,
    `If it is a copy of a log that an agent has read, leave it out. If these are other downloads: --overlap counts them all.${before}`,
  );
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
