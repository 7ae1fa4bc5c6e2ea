// Who has added what to a transfer (tables `transfers`, column import_id, and transfer_shares). Each import's part is kept
// apart as soon as it shares a transfer with another import or with live requests: sums could be taken apart again, unions
// of ranges and earliest times could not. Of a transfer that one import or live requests alone have made, the row itself is
// that part, and nothing more is stored. So live counting pays nothing on days of which nothing was imported.

import { joinedColumns, ofSeveral } from './merge-sql.ts';

/** The columns of transfer_shares beside import_id. */
const shareColumns = [
  'visitor',
  'version_id',
  'file_id',
  'origin_id',
  'sent',
  'size',
  'covered_to',
  'first_at',
  'last_at',
  'began_at',
  'day',
  'requests',
  'class',
  'token_id',
  'edge',
  'covered',
] as const;

const names = shareColumns.join(', ');
const of = (table: string) => shareColumns.map((name) => `${table}.${name}`).join(', ');
const inOrder = 'order by t.visitor, t.version_id, t.token_id, t.day';
const joined = `from known b
  join transfers t on t.visitor = b.visitor and t.version_id = b.version_id
    and t.token_id = b.token_id and t.day = b.day
  where t.day between $1 and $2 and t.import_id is distinct from b.import_id`;

/**
 * Whether one of a batch's days has imported lines. $1 and $2 are its first and its last day, here and below. Asked for
 * while the batch holds the lock on shares: an import that its transfers may meet commits before it or after it.
 */
export const hasImports = 'exists (select from import_lines where day between $1 and $2) as imported';

/** Before others add to a transfer of one owner: what it is now is that owner's share. Run before growShares. */
export const keepShares = `
  insert into transfer_shares (${names}, import_id)
  select ${of('t')}, coalesce(t.import_id, 0)
  ${joined} and t.import_id is distinct from ${ofSeveral}
  ${inOrder}
  on conflict do nothing`;

/** Adds to the batch's share of transfers that others have added to. Run before upsertTransfers. */
export const growShares = `
  insert into transfer_shares as t (${names}, import_id)
  select ${of('b')}, coalesce(b.import_id, 0)
  ${joined}
  ${inOrder}
  on conflict (visitor, version_id, token_id, day, import_id) do update set ${joinedColumns}`;

/** A transfer of the batch in whose time live requests were added to it: one of them may be the same. */
export const findLive = `
  select f.host, f.path, b.first_at as at
  from known b
  join transfers t on t.visitor = b.visitor and t.version_id = b.version_id
    and t.token_id = b.token_id and t.day = b.day
  left join transfer_shares s on s.visitor = t.visitor and s.version_id = t.version_id
    and s.token_id = t.token_id and s.day = t.day and s.import_id = 0
  join files f on f.id = b.file_id
  where t.day between $1 and $2
    and case when t.import_id is null then t.first_at else s.first_at end <= b.last_at
    and case when t.import_id is null then t.last_at else s.last_at end >= b.first_at
  order by b.first_at limit 1`;
