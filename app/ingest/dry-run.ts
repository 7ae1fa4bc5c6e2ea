// What an import would count, told without a database: the same reading, and nothing stored.

import { BatchReader, type ReadLine } from './batch-reader.ts';
import { createClassifier } from './classify.ts';
import { Folds } from './folds.ts';
import type { LogFile } from './log-file.ts';
import { Names } from './names.ts';
import type { Batch } from './store.ts';

/** What became of a file's lines. */
export type FileOutcome = { path: string; lines: number; requests: number; rejects: Map<string, number> };

export async function countLines(file: LogFile, readLine: ReadLine): Promise<FileOutcome> {
  const judge = { readLine, now: Date.now, closedDays: new Set<number>() };
  const limits = { transfers: 50_000, lines: 400_000 };
  const reader = new BatchReader(file, { position: 0, lines: 0, tail: Buffer.alloc(0) }, judge, limits);
  const outcome: FileOutcome = { path: file.path, lines: 0, requests: 0, rejects: new Map() };
  for (;;) {
    const names = new Names(createClassifier({ allow: [], deny: [] }));
    const batch = await reader.next('', { names, folds: new Folds(names), walker: undefined }, 0, true);
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
