// What became of a file's lines: each is counted, known, left out by the options, or rejected.

import type { Batch } from '../fold/batch.ts';

export type FileOutcome = {
  path: string;
  /** Lines read now, and lines that an earlier import of this file had read. */
  lines: number;
  before: number;
  requests: number;
  /** By reason: lines that were not counted now. */
  rejects: Map<string, number>;
  /** Bytes of a last line that has no end, and may lack more. */
  unfinished: number;
  /** The number of the import, by which it can be taken back. */
  importId?: string | undefined;
  /** Why nothing of it was counted, and what to do; undefined where it was read. */
  failed?: { message: string; remedy: string | undefined };
};

export function newOutcome(path: string): FileOutcome {
  return { path, lines: 0, before: 0, requests: 0, rejects: new Map(), unfinished: 0 };
}

export function addBatch(outcome: FileOutcome, batch: Batch): void {
  outcome.lines += batch.lines;
  outcome.requests += batch.fold.requests;
  for (const [reason, lines] of batch.rejectCounts) {
    outcome.rejects.set(reason, (outcome.rejects.get(reason) ?? 0) + lines);
  }
}

type Share = 'known' | 'left out' | 'rejected';

/** In which column of the table the lines of a reason stand. */
function shareOf(reason: string): Share {
  if (reason === 'known') return 'known';
  return reason.startsWith('filtered_') ? 'left out' : 'rejected';
}

/** How many lines of a share there were; known ones with those of earlier imports. */
export function sumOf({ rejects, before }: FileOutcome, share: Share): number {
  const now = [...rejects].filter(([reason]) => shareOf(reason) === share).map(([, lines]) => lines);
  return now.reduce((sum, lines) => sum + lines, share === 'known' ? before : 0);
}

/** Whether every line is counted, known or left out on purpose. */
export function isComplete(outcome: FileOutcome): boolean {
  return !outcome.failed && outcome.unfinished === 0 && sumOf(outcome, 'rejected') === 0;
}
