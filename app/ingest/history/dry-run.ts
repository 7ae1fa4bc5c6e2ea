// What an import would count, told without a database: the same reading, and nothing stored.

import { fileLimits } from '../fold/batch.ts';
import { BatchReader, type Judge } from '../fold/batch-reader.ts';
import { TwoFolds } from '../fold/two-folds.ts';
import type { LogFile } from '../log/log-file.ts';
import type { Classified } from '../record/classify.ts';
import { Names } from '../record/names.ts';
import { addBatch, type FileOutcome, newOutcome } from './outcome.ts';

/** Reads a file to its end. What other logs hold already only an import knows. */
export async function countLines(
  file: LogFile,
  reading: Pick<Judge, 'readLine' | 'fastReader' | 'covers'>,
  classify: (userAgent: string) => Classified,
): Promise<FileOutcome> {
  const judge = { ...reading, now: Date.now, closedDays: new Set<number>() };
  const reader = new BatchReader(file, { position: 0, lines: 0, tail: Buffer.alloc(0) }, judge, fileLimits);
  const outcome = newOutcome(file.path);
  for (;;) {
    const names = new Names(classify);
    const batch = await reader.next(
      '',
      { names, folds: new TwoFolds(names), fastReader: undefined },
      0,
      'count',
    );
    if (!batch) break;
    addBatch(outcome, batch);
  }
  outcome.unfinished = reader.unfinished;
  return outcome;
}
