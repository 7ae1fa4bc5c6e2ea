// What an import would count, told without a database: the same reading, and nothing stored.

import { type Batch, fileLimits } from '../fold/batch.ts';
import { BatchReader, type ReadLine } from '../fold/batch-reader.ts';
import { TwoFolds } from '../fold/two-folds.ts';
import type { LogFile } from '../log/log-file.ts';
import { createClassifier } from '../record/classify.ts';
import { Names } from '../record/names.ts';

/** What became of a file's lines. */
export type FileOutcome = { path: string; lines: number; requests: number; rejects: Map<string, number> };

export async function countLines(file: LogFile, readLine: ReadLine): Promise<FileOutcome> {
  const judge = { readLine, now: Date.now, closedDays: new Set<number>() };
  const reader = new BatchReader(file, { position: 0, lines: 0, tail: Buffer.alloc(0) }, judge, fileLimits);
  const outcome: FileOutcome = { path: file.path, lines: 0, requests: 0, rejects: new Map() };
  for (;;) {
    const names = new Names(createClassifier({ allow: [], deny: [] }));
    const batch = await reader.next(
      '',
      { names, folds: new TwoFolds(names), fastReader: undefined },
      0,
      true,
    );
    if (!batch) return outcome;
    addBatch(outcome, batch);
  }
}

export function addBatch(outcome: FileOutcome, batch: Batch): void {
  outcome.lines += batch.lines;
  outcome.requests += batch.fold.requests;
  for (const [reason, lines] of batch.rejectCounts) {
    outcome.rejects.set(reason, (outcome.rejects.get(reason) ?? 0) + lines);
  }
}
