// Each file's truth beside what Tallygate counted. By what NGINX sent (its own log says how much) Tallygate must be right to the
// byte. That is the truth itself wherever the client received everything, and comes to the same requests, downloads,
// completed and copies wherever it was cut before the socket buffer held the rest. What is left is sent, not received.

import { type Case, folderOf, type Played } from './play.ts';
import {
  add,
  grouped,
  isBroken,
  isDownload,
  names,
  noSums,
  type Request,
  type Sums,
  sumsOf,
} from './sums.ts';

export type Row = {
  one: Case;
  truth: Sums;
  counted: Sums;
  /** Something is complete by what NGINX sent, and not by what arrived: no server can know. */
  sentNotReceived: boolean;
  /** What is not as it must be. */
  wrong: string[];
};

/** @param counted what Tallygate has for each path */
export function compare({ cases, requests }: Played, counted: ReadonlyMap<string, Sums>): Row[] {
  const byFolder = grouped(requests, ({ path }) => path.split('/')[2] ?? '');
  const rows = cases.map((one): Row => {
    const row = { one, truth: noSums(), counted: noSums(), sentNotReceived: false, wrong: [] as string[] };
    const byPath = grouped(byFolder.get(folderOf(one)) ?? [], ({ path }) => path);
    for (const [path, ofPath] of byPath) compareFile(row, ofPath, counted.get(path) ?? noSums());
    return row;
  });
  const known = new Set(requests.map(({ path }) => path));
  const strange = [...counted.keys()].filter((path) => !known.has(path));
  if (strange.length > 0) rows[0]?.wrong.push(`nobody asked for ${strange.join(', ')}`);
  return rows;
}

function compareFile(row: Row, requests: readonly Request[], counted: Sums): void {
  const truth = sumsOf(requests, 'received');
  const sent = sumsOf(requests, 'sent');
  add(row.truth, truth);
  add(row.counted, counted);
  for (const name of names) {
    if (counted[name] !== sent[name]) row.wrong.push(`${name} ${counted[name]}, not ${sent[name]}`);
    if (sent[name] < truth[name]) row.wrong.push(`${name} ${truth[name]} received, ${sent[name]} sent`);
  }
  // Where no answer broke, what was sent is what was received: the bar is then the truth, to the byte.
  for (const one of requests)
    if (isDownload(one) && !isBroken(one) && one.sent !== one.received)
      row.wrong.push(`${one.received} bytes received, ${one.sent} sent`);
  if (sent.requests !== truth.requests || sent.downloads !== truth.downloads)
    row.wrong.push('an answer broke before its first byte');
  row.sentNotReceived ||= sent.completed !== truth.completed || sent.copies !== truth.copies;
}

/** The sums of rows. */
export function sumOf(rows: readonly Row[], side: 'truth' | 'counted'): Sums {
  const sums = noSums();
  for (const row of rows) add(sums, row[side]);
  return sums;
}

export const agree = (rows: readonly Row[]) =>
  names.every((name) => sumOf(rows, 'truth')[name] === sumOf(rows, 'counted')[name]);
