// What an import would count, told without a database: the same reading, and nothing stored.

import { fileLimits } from '../fold/batch.ts';
import { BatchReader } from '../fold/batch-reader.ts';
import { TwoFolds } from '../fold/two-folds.ts';
import type { Classified } from '../record/classify.ts';
import { Names } from '../record/names.ts';
import { type LineOptions, look } from './log-lines.ts';
import { type NamedLog, openLog } from './open-log.ts';
import { addBatch, type FileOutcome, newOutcome } from './outcome.ts';
import type { Preview } from './preview.ts';

/**
 * Reads a file to its end. What other logs hold already only an import knows.
 * @param preview takes up what would be counted
 * @throws UserError where the file cannot be read
 */
export async function dryRun(
  log: NamedLog,
  options: LineOptions & { classify: (userAgent: string) => Classified },
  preview: Preview,
): Promise<FileOutcome> {
  const file = await openLog(log);
  try {
    const { readLine } = await look(file, options);
    const judge = { readLine, now: Date.now, closedDays: new Set<number>() };
    const start = { position: 0, lines: 0, tail: Buffer.alloc(0) };
    const reader = new BatchReader(file, start, judge, fileLimits);
    const outcome = newOutcome(log.path);
    for (;;) {
      const names = new Names(options.classify);
      const lexicon = { names, folds: new TwoFolds(names), fastReader: undefined };
      const batch = await reader.next('', lexicon, 0, 'count');
      if (!batch) break;
      addBatch(outcome, batch);
      preview.add(log.path, batch);
    }
    outcome.unfinished = reader.unfinished;
    return outcome;
  } finally {
    await file.close();
  }
}
