// Single downloads: the transfers themselves, while they are kept.

import { daysOf, files, hours, ofClass, oneFile, period, whole } from '../params.ts';
import { type Column, defineReport } from '../report.ts';

const visitorColumn: Column = { name: 'visitor', kind: 'visitor', title: 'Visitor' };

export const downloadsReport = defineReport({
  name: 'downloads',
  title: 'Single downloads',
  summary: 'Each download of one file: when, from where, how long, how much, completed or not',
  params: { first: period.first, last: period.last, ...oneFile, class: files.class },
  columns: [
    { name: 'started_at', kind: 'time', title: 'Started' },
    { name: 'ended_at', kind: 'time', title: 'Ended', sortable: true },
    { name: 'seconds', kind: 'seconds', title: 'Duration' },
    { name: 'host', kind: 'text', title: 'Site' },
    { name: 'path', kind: 'text', title: 'File' },
    { name: 'class', kind: 'text', title: 'Class' },
    { name: 'client', kind: 'text', title: 'Program' },
    { name: 'referrer_host', kind: 'text', title: 'Referring site' },
    { name: 'country', kind: 'text', title: 'Country' },
    { name: 'edge', kind: 'text', title: 'Edge' },
    { name: 'token_id', kind: 'text', title: 'Token' },
    visitorColumn,
    { name: 'requests', kind: 'count', title: 'Requests' },
    { name: 'bytes', kind: 'bytes', title: 'Sent' },
    { name: 'completed', kind: 'flag', title: 'Completed', nullMeans: 'not known' },
    { name: 'estimated', kind: 'flag', title: 'Size estimated' },
    { name: 'day', kind: 'day', title: 'Day (UTC)' },
    { name: 'version_id', kind: 'text', title: 'Version' },
  ],
  key: ['day', 'visitor', 'version_id', 'token_id'],
  order: '-ended_at',
  // Transfers have no index by file, because every insert would pay for it; they are found by day. The tallies tell on
  // which days this file has any, and how few of these days fill a page of the newest. PostgreSQL then leaves out the
  // partitions of all other days.
  query(sql, params, { now, page }) {
    const { first, last } = daysOf({ ...params, zone: 'UTC' }, now);
    const from = page?.after?.slice(0, 10) ?? last;
    const ofFile = sql`f.path = ${params.path} and ${params.host === undefined ? sql`true` : sql`f.host = ${params.host}`}`;
    return sql`
      select * from (
        select coalesce(t.began_at, t.first_at) as started_at, t.last_at as ended_at,
          extract(epoch from t.last_at - coalesce(t.began_at, t.first_at))::float8 as seconds,
          f.host, f.path, t.class::text as class, o.client, o.referrer_host, o.country, t.edge, t.token_id,
          t.visitor, t.requests, t.sent as bytes, case when t.size > 0 then t.state & 2 = 2 end as completed,
          exists (select from file_versions v where v.id = t.version_id and v.etag like '%(estimated)') as estimated, t.day,
          t.version_id::text as version_id
        from files f
        join transfers t on t.file_id = f.id and t.day between ${first} and ${page ? from : last} and t.day >= (
          select min(day) from (
            select day, coalesce(sum(sum(downloads)) filter (where day < ${from}) over (order by day desc), 0)
              - sum(downloads) as newer
            from tally_days d join files f on f.id = d.file_id
            where ${ofFile} and day between ${first} and ${page ? from : last} and ${ofClass(sql, params.class)}
            group by day
          ) days
          where ${page ? sql`newer <= ${page.limit}` : sql`true`}
        )
        join origins o on o.id = t.origin_id
        where ${ofFile} and t.state & 1 = 1
      ) t
      where ${ofClass(sql, params.class)}`;
  },
});

export const leechesReport = defineReport({
  name: 'leeches',
  title: 'Leeches',
  summary: 'Visitors with the most requests of the last hours',
  params: {
    hours: hours.default(24).describe('how far back, 24 by default'),
    min_requests: whole(1, 1e9).default(100).describe('the fewest requests, 100 by default'),
  },
  columns: [
    visitorColumn,
    { name: 'day', kind: 'day', title: 'Day (UTC)' },
    { name: 'class', kind: 'text', title: 'Class' },
    { name: 'client', kind: 'text', title: 'Program' },
    { name: 'agent', kind: 'text', title: 'User agent' },
    { name: 'country', kind: 'text', title: 'Country' },
    { name: 'edge', kind: 'text', title: 'Edge' },
    { name: 'requests', kind: 'count', title: 'Requests', sortable: true },
    { name: 'per_second', kind: 'rate', title: 'Per second', sortable: true },
    { name: 'seconds', kind: 'seconds', title: 'Span', sortable: true },
    { name: 'first_at', kind: 'time', title: 'First', sortable: true },
    { name: 'last_at', kind: 'time', title: 'Last', sortable: true },
    { name: 'files', kind: 'count', title: 'Files', sortable: true },
    { name: 'downloads', kind: 'count', title: 'Downloads', sortable: true },
    { name: 'bytes', kind: 'bytes', title: 'Sent', sortable: true },
  ],
  key: ['visitor', 'day'],
  order: '-requests',
  query(sql, params) {
    return sql`
      select visitor, day, class::text as class, client, agent, country, edge, requests, per_second,
        extract(epoch from span)::float8 as seconds, first_at, last_at, files, downloads, bytes
      from report.leeches(${params.hours}, ${params.min_requests})`;
  },
});

export const unusualTokensReport = defineReport({
  name: 'unusual-tokens',
  title: 'Unusual tokens',
  summary: 'Tokens whose link many visitors used on one day, so it was passed on or published',
  params: {
    hours: hours.default(168).describe('how far back, 168 by default'),
    min_visitors: whole(2, 1e9).default(5).describe('the fewest visitors, 5 by default'),
  },
  columns: [
    { name: 'token_id', kind: 'text', title: 'Token', sortable: true },
    { name: 'label', kind: 'text', title: 'Label', sortable: true },
    { name: 'customer', kind: 'text', title: 'Customer', sortable: true },
    { name: 'day', kind: 'day', title: 'Busiest day (UTC)', sortable: true },
    { name: 'visitors', kind: 'count', title: 'Visitors', sortable: true },
    { name: 'countries', kind: 'count', title: 'Countries', sortable: true },
    { name: 'downloads', kind: 'count', title: 'Downloads', sortable: true },
    { name: 'completed', kind: 'count', title: 'Completed', sortable: true },
    { name: 'bytes', kind: 'bytes', title: 'Sent', sortable: true },
    { name: 'last_at', kind: 'time', title: 'Last used', sortable: true },
  ],
  key: ['token_id'],
  order: '-visitors',
  query(sql, params) {
    return sql`select * from report.unusual_tokens(${params.hours}, ${params.min_visitors})`;
  },
});
