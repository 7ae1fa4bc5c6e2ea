// Different visitors, by UTC day: nobody is recognised the next day. Sums over days are called visitor-days.

import { daysOf, files, matching, ofClass, period } from '../params.ts';
import { type Column, column, defineReport } from '../report.ts';

const days = { first: period.first, last: period.last };
const ofFiles = { host: files.host, path: files.path, prefix: files.prefix, class: files.class };
const dayColumn: Column = { name: 'day', kind: 'day', title: 'Day (UTC)', sortable: true };
const visitors: Column = { name: 'visitors', kind: 'count', title: 'Visitors', sortable: true };

export const visitorsReport = defineReport({
  name: 'visitors',
  title: 'Unique visitors',
  summary:
    'Different visitors who downloaded anything on each UTC day; days before they were counted are left out',
  params: { ...days, class: files.class },
  columns: [dayColumn, visitors],
  key: ['day'],
  order: '-day',
  query(sql, params, { now }) {
    const { first, last } = daysOf({ ...params, zone: 'UTC' }, now);
    return sql`
      select day, sum(visitors)::bigint as visitors from report.visitors
      where day between ${first} and ${last} and ${ofClass(sql, params.class)} group by day`;
  },
});

export const fileVisitorsReport = defineReport({
  name: 'file-visitors',
  title: 'Unique visitors of each file',
  summary: 'Different visitors who downloaded a file on each UTC day; they do not add up over files',
  params: { ...days, ...ofFiles },
  columns: [dayColumn, column.host, column.path, visitors],
  key: ['day', 'host', 'path'],
  order: '-day',
  query(sql, params, { now }) {
    const { first, last } = daysOf({ ...params, zone: 'UTC' }, now);
    return sql`
      select day, host, path, sum(visitors)::bigint as visitors from report.file_visitors
      where day between ${first} and ${last} and ${matching(sql, params)} group by day, host, path`;
  },
});

export const visitorDaysReport = defineReport({
  name: 'visitor-days',
  title: 'Visitor-days',
  summary: "Each day's different visitors of a file, added up over the days: who came on three days is three",
  params: { ...days, ...ofFiles },
  columns: [
    column.host,
    column.path,
    { name: 'visitor_days', kind: 'count', title: 'Visitor-days', sortable: true },
    { name: 'days', kind: 'count', title: 'Days with visitors', sortable: true },
    { name: 'most', kind: 'count', title: 'Most on one day', sortable: true },
  ],
  key: ['host', 'path'],
  order: '-visitor_days',
  query(sql, params, { now }) {
    const { first, last } = daysOf({ ...params, zone: 'UTC' }, now);
    return sql`
      select host, path, sum(visitors)::bigint as visitor_days, count(*) as days, max(visitors)::bigint as most
      from (
        select host, path, day, sum(visitors) as visitors from report.file_visitors
        where day between ${first} and ${last} and ${matching(sql, params)} group by host, path, day
      ) v
      where visitors > 0
      group by host, path`;
  },
});
