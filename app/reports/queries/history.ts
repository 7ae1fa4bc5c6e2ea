// Counts over time, of all files together or of one: a row for each hour, day, week, month or year, also for empty
// ones. Each row has the sums of the classes asked for, and the downloads of each class, which charts show apart.

import { z } from 'zod';
import type { Sql } from '../../db/connection.ts';
import { markEstimated } from '../estimated.ts';
import { daysOf, files, ofClass, ofFiles, oneFile, type Period, period } from '../params.ts';
import { type Column, defineReport, type Fragment, tallyColumns } from '../report.ts';

const units = ['hour', 'day', 'week', 'month', 'year'] as const;
type Unit = (typeof units)[number];

const params = {
  ...period,
  unit: z.enum(units).default('day').describe('hour, day, week, month or year'),
  class: files.class,
};

const columns: readonly Column[] = [
  { name: 'period', kind: 'time', title: 'Begins (UTC)', sortable: true },
  { name: 'label', kind: 'text', title: 'Period' },
  ...tallyColumns,
  { name: 'people', kind: 'count', title: 'People' },
  { name: 'tools', kind: 'count', title: 'Tools' },
  { name: 'bots', kind: 'count', title: 'Bots' },
];

export const totalsReport = defineReport({
  name: 'totals',
  title: 'Over time',
  summary: 'All files together by hour, day, week, month or year',
  params,
  columns,
  key: ['period'],
  order: 'period',
  query(sql, { unit, ...rest }, { now }) {
    const days = limited(rest, unit, now);
    const counts = sql`report.totals_in(${rest.zone}, ${unit}, ${days.first}, ${days.last})`;
    return marked(sql, { ...rest, ...days, unit }, overTime(sql, { ...rest, ...days, unit }, counts));
  },
});

export const historyReport = defineReport({
  name: 'history',
  title: 'One file over time',
  summary: 'One file by hour, day, week, month or year',
  params: { ...params, ...oneFile },
  columns,
  key: ['period'],
  order: 'period',
  query(sql, { unit, host, path, ...rest }, { now }) {
    const { first, last } = limited(rest, unit, now);
    const counts = sql`(
      select h.* from files f
      cross join lateral report.history_in(${rest.zone}, ${unit}, ${first}, ${last}, f.host, f.path) h
      where f.path = ${path} and ${host === undefined ? sql`true` : sql`f.host = ${host}`})`;
    const span = { ...rest, first, last, unit };
    return marked(sql, span, overTime(sql, span, counts), ofFiles(sql, { host, path }));
  },
});

type Span = { zone: string; unit: Unit; first: string; last: string; class: z.output<typeof files.class> };

const formats: Record<Unit, string> = {
  hour: 'YYYY-MM-DD HH24:MI',
  day: 'YYYY-MM-DD',
  week: 'YYYY-MM-DD',
  month: 'YYYY-MM',
  year: 'YYYY',
};

// Finds the hours by trying every quarter of an hour, because some zones change their clocks by half an hour. Finds
// days, and what is longer, by trying every day.
function overTime(sql: Sql, { zone, unit, first, last, class: kind }: Span, counts: Fragment): Fragment {
  const moments =
    unit === 'hour'
      ? sql`generate_series(${first}::date::timestamp at time zone ${zone},
          (${last}::date + 1)::timestamp at time zone ${zone} - interval '15 min', '15 min') moment`
      : sql`(select local at time zone ${zone} as moment
          from generate_series(${first}::date::timestamp, ${last}::date::timestamp, '1 day') local) days`;
  const known = sql`(coalesce(size_unknown, 0) = 0 or size_unknown < downloads)`;
  return sql`
    with periods as (
      select distinct date_trunc(${unit}, moment, ${zone}) as period from ${moments}
    ), counted as (
      select period,
        sum(requests) filter (where ${ofClass(sql, kind)}) as requests,
        sum(downloads) filter (where ${ofClass(sql, kind)}) as downloads,
        sum(completed) filter (where ${ofClass(sql, kind)}) as completed,
        sum(copies) filter (where ${ofClass(sql, kind)}) as copies,
        sum(bytes) filter (where ${ofClass(sql, kind)}) as bytes,
        coalesce(sum(size_unknown) filter (where ${ofClass(sql, kind)}), 0) as size_unknown,
        sum(downloads) filter (where class = 'person') as people,
        sum(downloads) filter (where class = 'tool') as tools,
        sum(downloads) filter (where class = 'bot') as bots
      from ${counts} c group by period
    )
    select period, to_char(period at time zone ${zone}, ${formats[unit]}) as label,
      coalesce(requests, 0)::bigint as requests, coalesce(downloads, 0)::bigint as downloads,
      case when ${known} then coalesce(completed, 0)::bigint end as completed,
      case when ${known} then coalesce(copies, 0)::bigint end as copies,
      coalesce(bytes, 0)::bigint as bytes, coalesce(size_unknown, 0)::bigint as size_unknown, coalesce(people, 0)::bigint as people,
      coalesce(tools, 0)::bigint as tools, coalesce(bots, 0)::bigint as bots
    from periods left join counted using (period)`;
}

/** Of an hour only its day is known. */
function marked(sql: Sql, { zone, unit, first, last }: Span, rows: Fragment, where?: Fragment): Fragment {
  const by = unit === 'hour' ? 'day' : unit;
  return markEstimated(sql, {
    rows: sql`select r.*, date_trunc(${by}, period, ${zone}) as whole from (${rows}) r`,
    by: { whole: sql`date_trunc(${by}, at, ${zone})` },
    where,
    days: { zone, first, last },
  });
}

// A year has 8,760 hours, more than a chart or a person can use.
const longest: Record<Unit, number> = { hour: 92, day: 3660, week: 3660, month: 3660 * 2, year: 3660 * 2 };

function limited(given: Period, unit: Unit, now: Date): { first: string; last: string } {
  const { first, last } = daysOf(given, now);
  const earliest = new Date(Date.parse(last) - (longest[unit] - 1) * 86_400_000).toISOString().slice(0, 10);
  return { first: first < earliest ? earliest : first, last };
}
