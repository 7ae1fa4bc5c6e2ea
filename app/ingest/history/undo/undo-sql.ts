// The statements that take a part of an import away, in the order in which they run (undo.ts). $1 the day, $2 the import,
// $3 and $4 the first and the last visitor of the part.

import {
  bucketInSql,
  completedInSql,
  copiesInSql,
  downloadInSql,
  sizeUnknownInSql,
  stateInSql,
} from '../../fold/transfer.ts';
import { ofSeveral } from '../../store/merge-sql.ts';

const part = (table: string) => `${table}.day = $1 and ${table}.visitor between $3 and $4`;
const same = (a: string, b: string) =>
  ['visitor', 'version_id', 'token_id', 'day'].map((key) => `${a}.${key} = ${b}.${key}`).join(' and ');
const hasShare = (table: string) =>
  `exists (select from transfer_shares mine where mine.import_id = $2 and ${same('mine', table)})`;
const touched = `${part('t')} and (t.import_id = $2 or (t.import_id = ${ofSeveral} and ${hasShare('t')}))`;

/** Tokens whose usage changes. */
export const findTokens = `select distinct t.token_id from transfers t where ${touched} and t.token_id <> ''`;

/** What the import's transfers have added to the tallies, those of others among them, is taken away ... */
export const noteBefore = note(-1, touched);
/** ... what is left of the latter is added again. */
export const noteAfter = note(1, `${part('t')} and ${hasShare('t')}`);

function note(sign: 1 | -1, which: string): string {
  const sum = (value: string) => `${sign} * sum(${value})`;
  return `
    insert into deltas (file_id, bucket, class, edge, requests, downloads, completed, copies, bytes, size_unknown)
    select t.file_id, ${bucketInSql('t.first_at')}, t.class, t.edge, ${sum('t.requests')},
      ${sum(downloadInSql('t.state'))}, ${sum(completedInSql('t.state'))},
      ${sum(copiesInSql('t.state >= 2', 't.sent', 't.size'))}, ${sum('t.sent')}, ${sum(sizeUnknownInSql('t.state', 't.size'))}
    from transfers t where ${which}
    group by 1, 2, 3, 4`;
}

export const deleteOwn = `delete from transfers t where ${part('t')} and t.import_id = $2`;

const front = 'covered_front(left_over.covered)';
const rest = 'covered_rest(left_over.covered)';
const ofEarliest = (column: string) =>
  `(array_agg(s.${column} order by s.first_at, s.origin_id))[1] as ${column}`;
const own = { minBytes: 't.min_bytes', completeFrom: 't.complete_from' };

/** Transfers that others have added to become what these have added. */
export const leaveOthers = (policy: { minBytes: number; completeRatio: number }) => `
  update transfers t set
    requests = left_over.requests, sent = left_over.sent, covered_to = ${front}, covered = ${rest},
    first_at = left_over.first_at, last_at = left_over.last_at, began_at = left_over.began_at,
    origin_id = left_over.origin_id, edge = left_over.edge, class = left_over.class, import_id = left_over.import_id,
    state = ${stateInSql('left_over.sent', 't.size', front, rest, own)
      .replaceAll('$1::bigint', `${policy.minBytes}::bigint`)
      .replaceAll('$2::float8', `${policy.completeRatio}::float8`)},
    prev_first_at = null, prev_edge = null, prev_class = null, prev_state = null
  from (
    select s.visitor, s.version_id, s.token_id, s.day, sum(s.requests)::integer as requests, sum(s.sent)::bigint as sent,
      range_agg(int8multirange(int8range(0, s.covered_to)) + coalesce(s.covered, '{}')) as covered,
      min(s.first_at) as first_at, max(s.last_at) as last_at, min(coalesce(s.began_at, s.first_at)) as began_at,
      ${ofEarliest('origin_id')}, ${ofEarliest('edge')}, ${ofEarliest('class')},
      case when count(*) = 1 then nullif(min(s.import_id), 0) else ${ofSeveral} end as import_id
    from transfer_shares s
    where ${part('s')} and s.import_id <> $2 and ${hasShare('s')}
    group by s.visitor, s.version_id, s.token_id, s.day
  ) left_over
  where ${same('t', 'left_over')} and t.day = $1`;

/** The import's shares, and those of transfers that have one owner now. */
export const deleteShares = `
  delete from transfer_shares s using transfers t
  where ${same('s', 't')} and ${part('s')} and t.day = $1
    and (s.import_id = $2 or (t.import_id is distinct from ${ofSeveral} and ${hasShare('s')}))`;

/** The source keeps the account of what is not taken back yet. $1 the import. Returns how many requests were. */
export const moveAccount = `
  update sources s set lines = s.lines - d.taken, requests = s.requests - d.taken
  from (select -coalesce(sum(requests), 0)::bigint as taken from deltas) d
  where s.id = $1
  returning d.taken::float8 as taken`;
