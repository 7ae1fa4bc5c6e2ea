// `tallygate ingest --list` and `--undo`: which imports there are, and taking them back.

import type { Config } from '../config/load.ts';
import { withDatabase } from '../db/connection.ts';
import { findImports, type Import, listImports } from '../ingest/history/undo/imports.ts';
import { undoImports } from '../ingest/history/undo/undo.ts';
import { whileImporting } from '../ingest/history/while-importing.ts';
import { storingPolicy } from '../ingest/store/store-batch.ts';
import { tellThatItWaits } from './ingest-files.ts';
import { day, printTable } from './print.ts';
import { createProgress } from './progress.ts';

const undoable: Readonly<Record<Import['state'], string>> = {
  whole: 'yes',
  closed: 'no, days are closed',
  unfinished: 'begun, not finished',
};

/** Prints all imports. */
export async function printImports(config: Config): Promise<void> {
  await withDatabase(config, async (sql) => printTable(heads, (await listImports(sql)).map(cells)));
}

/**
 * Takes imports back.
 * @param names their numbers, or paths as they were given
 */
export async function undo(names: readonly string[], config: Config, signal: AbortSignal): Promise<void> {
  const progress = createProgress(process.stderr, 'requests');
  await whileImporting(config.databaseUrl, tellThatItWaits, async () => {
    const imports = await withDatabase(config, (sql) => findImports(sql, names));
    const onProgress = ({ path, done, all }: { path: string; done: number; all: number }) =>
      progress.update({ path, position: done, size: all, lines: done });
    let all = false;
    try {
      all = await undoImports(config.databaseUrl, imports, storingPolicy(config), onProgress, signal);
    } finally {
      progress.stop();
    }
    if (!all) return;
    printTable(
      heads.slice(0, -1),
      imports.map((one) => cells(one).slice(0, -1)),
    );
    process.stdout.write('\nTaken back: everything is as if they had not been imported.\n');
  });
}

const heads = ['import', 'log', 'edge', 'imported', 'lines', 'requests', 'days', 'can be undone'];

function cells(one: Import): (string | number)[] {
  const { id, path, edge, importedAt, lines, requests, firstDay, lastDay, state } = one;
  const days = firstDay === lastDay ? (firstDay ?? '-') : `${firstDay} to ${lastDay}`;
  return [id, path, edge, day(importedAt), lines, requests, days, undoable[state]];
}
