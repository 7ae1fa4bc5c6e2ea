// Counts by file: over a period or since counting began, by day, and by month.

import { z } from 'zod';
import { markEstimated } from '../estimated.ts';
import { daysOf, files, matching, ofFiles, period, sums } from '../params.ts';
import { column, defineReport, tallyColumns } from '../report.ts';

export const filesReport = defineReport({
  name: 'files',
  title: 'Files',
  summary: 'How often each file was downloaded, since counting began or from one day to another',
  params: {
    ...period,
    first: period.first.describe('first day; without first and last: since counting began'),
    ...files,
  },
  columns: [column.host, column.path, ...tallyColumns],
  key: ['host', 'path'],
  order: '-downloads',
  query(sql, params, { now }) {
    const all = params.first === undefined && params.last === undefined;
    const { first, last } = daysOf(params, now);
    // The months of the files asked for. The view report.files would first add up those of all files.
    const counts = all
      ? sql`(select f.host, f.path, m.* from files f join tally_months m on m.file_id = f.id)`
      : sql`report.files_in(${params.zone}, ${first}, ${last})`;
    return markEstimated(sql, {
      rows: sql`select host, path, ${sums(sql)} from ${counts} c where ${matching(sql, params)} group by host, path`,
      by: { host: sql`host`, path: sql`path` },
      where: ofFiles(sql, params),
      days: all ? undefined : { zone: params.zone, first, last },
    });
  },
});

export const dailyReport = defineReport({
  name: 'daily',
  title: 'By day and file',
  summary: 'How often each file was downloaded on each day',
  params: { ...period, ...files },
  columns: [
    { name: 'day', kind: 'day', title: 'Day', sortable: true },
    column.host,
    column.path,
    ...tallyColumns,
  ],
  key: ['day', 'host', 'path'],
  order: '-day',
  query(sql, params, { now }) {
    const { first, last } = daysOf(params, now);
    const { zone } = params;
    return markEstimated(sql, {
      rows: sql`
        select day, host, path, ${sums(sql)} from report.daily_in(${zone}, ${first}, ${last})
        where ${matching(sql, params)} group by day, host, path`,
      by: { host: sql`host`, path: sql`path`, day: sql`(at at time zone ${zone})::date` },
      where: ofFiles(sql, params),
      days: { zone, first, last },
    });
  },
});

const monthForm = z.string().regex(/^20\d\d-(?:0[1-9]|1[0-2])$/, 'must be a month such as 2026-11');

export const monthlyReport = defineReport({
  name: 'monthly',
  title: 'By month and file',
  summary: 'How often each file was downloaded in each month',
  params: {
    zone: period.zone,
    first: monthForm.optional().describe('first month; 11 months before the last unless given'),
    last: monthForm.optional().describe('last month; the current one unless given'),
    ...files,
  },
  columns: [
    { name: 'month', kind: 'day', title: 'Month', sortable: true },
    column.host,
    column.path,
    ...tallyColumns,
  ],
  key: ['month', 'host', 'path'],
  order: '-month',
  query(sql, params, { now }) {
    const { first, last } = monthsOf(params, now);
    const { zone } = params;
    return markEstimated(sql, {
      rows: sql`
        select month, host, path, ${sums(sql)}
        from report.monthly_in(${zone}, ${`${first}-01`}, ${`${last}-01`})
        where ${matching(sql, params)} group by month, host, path`,
      by: {
        host: sql`host`,
        path: sql`path`,
        month: sql`date_trunc('month', at at time zone ${zone})::date`,
      },
      where: ofFiles(sql, params),
    });
  },
});

type Months = { zone: string; first?: string | undefined; last?: string | undefined };

/** First and last month; the last twelve unless given. At most twenty years, because each is one query. */
function monthsOf({ zone, first, last }: Months, now: Date): { first: string; last: string } {
  const end = last ?? daysOf({ zone }, now).last.slice(0, 7);
  const earliest = addMonths(end, -239);
  const begin = first ?? addMonths(end, -11);
  return { first: begin < earliest ? earliest : begin, last: end };
}

export function addMonths(month: string, months: number): string {
  const [year, number] = month.split('-').map(Number) as [number, number];
  return new Date(Date.UTC(year, number - 1 + months, 1)).toISOString().slice(0, 7);
}
