// What `tallygate ingest --dry-run` shows beside the table of files.

import type { Preview } from '../ingest/history/preview.ts';
import { dateText } from '../ingest/record/day.ts';
import { printable, printTable } from './print.ts';

const mostFiles = 20;
const mostHosts = 20;
const mostDays = 31;
const longestLine = 160;

/** Prints hosts, files, days, visitors, and how the first rejected lines begin. */
export function printPreview(preview: Preview): void {
  const { files, hosts, days, rejects, visitorDays } = preview;
  if (files.length > 0) {
    const byRequests = [...hosts].sort(([, a], [, b]) => b - a);
    section(['host', 'requests'], byRequests, mostHosts);
    section(
      ['file', 'requests', 'bytes'],
      files.map(({ host, path, requests, bytes }) => [host + path, requests, bytes]),
      mostFiles,
    );
    section(
      ['day', 'requests'],
      [...days].sort(([a], [b]) => a - b).map(([day, requests]) => [dateText(day), requests]),
      mostDays,
    );
    const { number, atLeast } = visitorDays;
    process.stdout.write(`\nVisitors of each day, added up: ${number}${atLeast ? ' or more' : ''}\n`);
  }
  if (rejects.length > 0)
    section(
      ['rejected because', 'log', 'line', 'it begins'],
      rejects.map(({ reason, log, line, sample }) => [reason, log, line, cut(sample)]),
      rejects.length,
    );
  process.stdout.write(
    '\nNothing was changed. Lines that an import has counted before are not told apart here.\n',
  );
}

function section(heads: readonly string[], rows: readonly (readonly (string | number)[])[], most: number) {
  process.stdout.write('\n');
  printTable(
    heads,
    rows.slice(0, most).map((row) => row.map((cell) => (typeof cell === 'string' ? printable(cell) : cell))),
  );
  if (rows.length > most) process.stdout.write(`and ${rows.length - most} more\n`);
}

/** Samples have no addresses and queries in them (fold/sample.ts). */
function cut(sample: string): string {
  return sample.length <= longestLine ? sample : `${sample.slice(0, longestLine)}...`;
}
