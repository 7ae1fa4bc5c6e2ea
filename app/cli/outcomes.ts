// The table at the end of an import: what became of every line of every file.

import { type FileOutcome, sumOf } from '../ingest/history/outcome.ts';
import { printTable } from './print.ts';

/** Prints the files, then the reasons; on standard error what is unfinished or could not be read. */
export function printOutcomes(outcomes: readonly FileOutcome[]): void {
  printTable(
    ['file', 'lines', 'new', 'known', 'left out', 'rejected'],
    outcomes.map((outcome) => [
      outcome.path,
      outcome.lines + outcome.before,
      outcome.requests,
      sumOf(outcome, 'known'),
      sumOf(outcome, 'left out'),
      sumOf(outcome, 'rejected'),
    ]),
  );
  const reasons = new Map<string, number>();
  for (const { rejects } of outcomes) {
    for (const [reason, lines] of rejects)
      if (reason !== 'known') reasons.set(reason, (reasons.get(reason) ?? 0) + lines);
  }
  if (reasons.size > 0) {
    process.stdout.write('\n');
    printTable(
      ['reason', 'lines'],
      [...reasons].sort(([, a], [, b]) => b - a),
    );
  }
  for (const { path, unfinished } of outcomes)
    if (unfinished > 0)
      process.stderr.write(
        `${path} ends in a line without its end (${unfinished} bytes): not counted. Import it again when it is complete.\n`,
      );
  for (const { path, failed } of outcomes)
    if (failed)
      process.stderr.write(
        `tallygate: nothing of ${path} was counted: ${failed.message}\n  ${failed.remedy ?? ''}\n`,
      );
}
