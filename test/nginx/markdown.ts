// The tables of nginx/VARIABLES.md, for the tests that hold them.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../harness/folders.ts';

/** The rows of the tables that begin with this column, cell by cell, without their heads. */
export function rowsOf(firstColumn: string): string[][] {
  const rows: string[][] = [];
  let inside = false;
  for (const line of readFileSync(path.join(projectRoot, 'nginx/VARIABLES.md'), 'utf8').split('\n')) {
    const cells = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    if (cells.length === 0) inside = false;
    else if (cells[0] === firstColumn) inside = true;
    else if (inside && !/^-+$/.test(cells[0] ?? '')) rows.push(cells);
  }
  if (rows.length === 0) throw new Error(`nginx/VARIABLES.md has no table of ${firstColumn}s`);
  return rows;
}
