// `--sizes largest`: the size of each file is the largest whole answer to its address. The logs are read once more for it.

import { UserError } from '../../user-error.ts';
import { LineReader } from '../log/line-reader.ts';
import { type LineOptions, look } from './log-lines.ts';
import { type NamedLog, openLog } from './open-log.ts';
import { LargestAnswers, type SizeOf } from './sizes.ts';

/** The largest whole answer of each file in these logs, which are read once for it. */
export async function largestAnswers(
  logs: readonly NamedLog[],
  options: LineOptions,
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
  log: NamedLog,
  options: LineOptions,
  signal: AbortSignal,
): Promise<void> {
  const file = await openLog(log);
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
