// CSV that is safe to open in a spreadsheet: a cell that would be taken for a formula begins with an apostrophe
// (CWE-1236). Times are ISO 8601, and numbers are plain.

import { stringify } from 'csv-stringify/sync';
import type { ReportRow } from './read.ts';
import type { Report } from './report.ts';

/** The line with the names of the columns. */
export function csvHead(report: Report): string {
  return toCsv([report.columns.map((column) => column.name)]);
}

/** Rows as lines, without the names of the columns. */
export function csvRows(report: Report, rows: readonly ReportRow[]): string {
  return toCsv(
    rows.map((row) =>
      report.columns.map(({ name }) => {
        const value = row[name];
        if (typeof value === 'boolean') return value ? 'true' : 'false';
        return Array.isArray(value) ? value.join(' ') : value;
      }),
    ),
  );
}

function toCsv(rows: unknown[][]): string {
  return stringify(rows, { escape_formulas: true, record_delimiter: 'windows' });
}
