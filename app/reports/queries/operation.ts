// How counting itself goes (logs, rejected lines, keys, denials, versions), and what was issued (tokens, codes).

import { z } from 'zod';
import { text } from '../params.ts';
import { column, defineReport } from '../report.ts';

export const tokensReport = defineReport({
  name: 'tokens',
  title: 'Tokens',
  summary: 'Issued tokens, their limits, and what was downloaded with each',
  params: {
    label: text(255).optional().describe('only with this label'),
    customer: text(255).optional().describe('only of this customer'),
    token: text(32).optional().describe('only this token'),
  },
  columns: [
    { name: 'token_id', kind: 'text', title: 'Token', sortable: true },
    { name: 'label', kind: 'text', title: 'Label' },
    { name: 'customer', kind: 'text', title: 'Customer' },
    { name: 'paths', kind: 'list', title: 'Opens' },
    { name: 'created_at', kind: 'time', title: 'Issued' },
    { name: 'expires_at', kind: 'time', title: 'Expires' },
    { name: 'revoked_at', kind: 'time', title: 'Revoked' },
    { name: 'max_copies', kind: 'count', title: 'Limit' },
    { name: 'spent', kind: 'count', title: 'Spent' },
    { name: 'spent_by', kind: 'text', title: 'Spent by' },
    { name: 'ends_at', kind: 'time', title: 'Refused from' },
    { name: 'visitors', kind: 'count', title: 'Visitors' },
    { name: 'requests', kind: 'count', title: 'Requests' },
    { name: 'downloads', kind: 'count', title: 'Downloads' },
    { name: 'completed', kind: 'count', title: 'Completed' },
    { name: 'copies', kind: 'count', title: 'Copies' },
    { name: 'bytes', kind: 'bytes', title: 'Sent' },
    { name: 'last_at', kind: 'time', title: 'Last used' },
  ],
  // Ids sort by creation, so a page is read without reading all tokens.
  key: ['token_id'],
  order: '-token_id',
  query(sql, { label, customer, token }, { page }) {
    if (!page && label === undefined && customer === undefined && token === undefined)
      return sql`select * from report.tokens`;
    // First the tokens, then only their downloads. PostgreSQL looks up a list of ids in an index; for a join it would add
    // up the transfers of all tokens.
    return sql`
      with page as materialized (
        select id as token_id, label, customer, paths, created_at, expires_at, revoked_at, max_copies
        from tokens
        where ${label === undefined ? sql`true` : sql`label = ${label} and label <> ''`}
          and ${customer === undefined ? sql`true` : sql`customer = ${customer} and customer <> ''`}
          and ${token === undefined ? sql`true` : sql`id = ${token}`}
          and ${page?.after === undefined ? sql`true` : sql`id <= ${page.after}`}
        order by id desc
        limit ${page ? page.limit + 2 : null}
      )
      select page.*, case when max_copies is not null then coalesce(charged, 0) end as spent,
        spent_by, starts_at as ends_at,
        coalesce(visitors, 0) as visitors, coalesce(requests, 0) as requests, coalesce(downloads, 0) as downloads,
        coalesce(completed, 0) as completed, coalesce(copies, 0) as copies, coalesce(bytes, 0) as bytes, last_at
      from page
      left join denials on kind = 't' and subject = token_id and spent_by is not null
      left join (
        select * from report.token_downloads
        where token_id = any((select array_agg(token_id) from page)::text[])
      ) used using (token_id)`;
  },
});

export const tokenFilesReport = defineReport({
  name: 'token-files',
  title: 'Files of a token',
  summary: 'Each file of a token, and how many copies of it are spent and left',
  params: { token: text(32).describe('the token') },
  columns: [
    column.path,
    { name: 'max_copies', kind: 'count', title: 'Limit' },
    { name: 'spent', kind: 'count', title: 'Spent', sortable: true },
    { name: 'copies_left', kind: 'count', title: 'Left' },
    { name: 'spent_by', kind: 'text', title: 'Spent by' },
    { name: 'ends_at', kind: 'time', title: 'Refused from' },
    { name: 'requests', kind: 'count', title: 'Requests', sortable: true },
    column.bytes,
    { name: 'last_at', kind: 'time', title: 'Last used' },
  ],
  key: ['path'],
  order: 'path',
  query(sql, { token }) {
    return sql`
      select path, max_copies, spent, copies_left, spent_by, ends_at, requests, bytes, last_at
      from report.token_files where token_id = ${token}`;
  },
});

export const codesReport = defineReport({
  name: 'codes',
  title: 'Codes',
  summary: 'Batches of printed codes: how many uses they have, and how many are held or spent',
  params: { batch: text(32).optional().describe('only this batch') },
  columns: [
    { name: 'batch_id', kind: 'text', title: 'Batch', sortable: true },
    { name: 'label', kind: 'text', title: 'Label', sortable: true },
    { name: 'title', kind: 'text', title: 'Title', sortable: true },
    { name: 'paths', kind: 'list', title: 'Files' },
    { name: 'created_at', kind: 'time', title: 'Made', sortable: true },
    { name: 'redeem_until', kind: 'time', title: 'Redeem until' },
    { name: 'revoked_at', kind: 'time', title: 'Revoked' },
    { name: 'codes', kind: 'count', title: 'Codes', sortable: true },
    { name: 'redeemed_codes', kind: 'count', title: 'Redeemed', sortable: true },
    { name: 'revoked_codes', kind: 'count', title: 'Revoked codes', sortable: true },
    { name: 'uses', kind: 'count', title: 'Uses', sortable: true },
    { name: 'held', kind: 'count', title: 'Held', sortable: true },
    { name: 'spent', kind: 'count', title: 'Spent', sortable: true },
  ],
  key: ['batch_id'],
  order: '-batch_id',
  query(sql, { batch }) {
    return sql`select * from report.codes where ${batch === undefined ? sql`true` : sql`batch_id = ${batch}`}`;
  },
});

export const sourcesReport = defineReport({
  name: 'sources',
  title: 'Sources',
  summary: 'Every log that is or was read: how far, how much is unread, how much was rejected',
  params: {},
  columns: [
    { name: 'source_id', kind: 'text', title: 'Source', sortable: true },
    { name: 'edge', kind: 'text', title: 'Edge', sortable: true },
    { name: 'path', kind: 'text', title: 'Log', sortable: true },
    { name: 'kind', kind: 'text', title: 'Kind' },
    { name: 'lines', kind: 'count', title: 'Lines', sortable: true },
    { name: 'requests', kind: 'count', title: 'Requests', sortable: true },
    { name: 'rejects', kind: 'count', title: 'Rejected', sortable: true },
    { name: 'lag_bytes', kind: 'bytes', title: 'Unread', sortable: true },
    { name: 'last_at', kind: 'time', title: 'Last line' },
    { name: 'updated_at', kind: 'time', title: 'Last read', sortable: true },
  ],
  key: ['source_id'],
  order: '-updated_at',
  query(sql) {
    return sql`
      select source_id::text as source_id, edge, path, kind, lines, requests, rejects, lag_bytes, last_at, updated_at
      from report.sources`;
  },
});

export const rejectsReport = defineReport({
  name: 'rejects',
  title: 'Rejected lines',
  summary: 'Lines that were not counted, by log and reason',
  params: {},
  columns: [
    { name: 'source_id', kind: 'text', title: 'Source', sortable: true },
    { name: 'edge', kind: 'text', title: 'Edge', sortable: true },
    { name: 'path', kind: 'text', title: 'Log', sortable: true },
    { name: 'reason', kind: 'text', title: 'Reason', sortable: true },
    { name: 'lines', kind: 'count', title: 'Lines', sortable: true },
  ],
  key: ['source_id', 'reason'],
  order: '-lines',
  query(sql) {
    return sql`select source_id::text as source_id, edge, path, reason, lines from report.rejects`;
  },
});

export const keysReport = defineReport({
  name: 'keys',
  title: 'Signing keys',
  summary: 'Requests by signing key: when each was last used, and whether it is safe to retire',
  params: {},
  columns: [
    { name: 'key_id', kind: 'text', title: 'Key', sortable: true },
    { name: 'requests', kind: 'count', title: 'Requests', sortable: true },
    { name: 'requests_30_days', kind: 'count', title: 'Last 30 days', sortable: true },
    { name: 'last_at', kind: 'time', title: 'Last used', sortable: true },
  ],
  key: ['key_id'],
  order: '-last_at',
  query(sql) {
    return sql`
      select key_id, sum(requests)::bigint as requests, sum(requests_30_days)::bigint as requests_30_days,
        max(last_at) as last_at
      from report.keys group by key_id`;
  },
});

export const denialsReport = defineReport({
  name: 'denials',
  title: 'Denied',
  summary: 'Tokens and visitors that every edge refuses now',
  params: { kind: z.enum(['t', 'v']).optional().describe('t tokens, v visitors') },
  columns: [
    { name: 'kind', kind: 'text', title: 'Kind', sortable: true },
    { name: 'subject', kind: 'text', title: 'Who', sortable: true },
    { name: 'reason', kind: 'text', title: 'Reason', sortable: true },
    { name: 'until', kind: 'time', title: 'Until' },
    { name: 'starts_at', kind: 'time', title: 'Since', sortable: true },
  ],
  key: ['kind', 'subject'],
  order: '-starts_at',
  query(sql, { kind }) {
    return sql`select * from report.denials where ${kind === undefined ? sql`true` : sql`kind = ${kind}`}`;
  },
});

export const versionsReport = defineReport({
  name: 'versions',
  title: 'Versions of a file',
  summary: 'The contents a file has had, by entity tag and size, newest first',
  params: {
    host: text(255).optional().describe('only this site'),
    path: text(4096).describe('the file, decoded'),
  },
  columns: [
    column.host,
    { name: 'etag', kind: 'text', title: 'Entity tag', sortable: true },
    { name: 'size', kind: 'bytes', title: 'Size', sortable: true },
    { name: 'estimated', kind: 'flag', title: 'Size estimated' },
    { name: 'created_at', kind: 'time', title: 'First seen', sortable: true },
  ],
  key: ['host', 'etag', 'size'],
  order: '-created_at',
  query(sql, { host, path }) {
    return sql`
      select f.host, v.etag, v.size, v.etag like '%(estimated)' as estimated, v.created_at from file_versions v join files f on f.id = v.file_id
      where f.path = ${path} and ${host === undefined ? sql`true` : sql`f.host = ${host}`}`;
  },
});
