// The statements of a batch, in the order in which they run (store-batch.ts). Where several agents may write the same rows,
// rows are sorted by their keys: agents then wait for each other in one order, and never deadlock.
//
// These are several statements and not one with data-modifying CTEs, because Citus refuses those across shards, and there
// is to be one code path.

import {
  bucketInSql,
  completedInSql,
  copiesInSql,
  downloadInSql,
  sizeUnknownInSql,
  stateInSql,
} from '../fold/transfer.ts';
import { transferColumns } from './copy-rows.ts';

/** The import_id of a transfer that several have added to: imports, or an import and live requests (shares-sql.ts). */
export const ofSeveral = -1;

const names = Object.keys(transferColumns).join(', ');
const definitions = Object.entries(transferColumns).map(([name, type]) => `${name} ${type}`);

/**
 * Made once for a connection and emptied by each commit, so that the catalogue does not grow. Asked for in each
 * transaction, because a pooler may give each another session.
 */
export const createBatchTables = `
  create temporary table if not exists batch (${definitions.join(', ')}) on commit delete rows;
  create temporary table if not exists known (like batch) on commit delete rows;
  create temporary table if not exists deltas (
    file_id bigint not null, bucket timestamptz not null, class visitor_class not null, edge text not null,
    requests bigint not null, downloads bigint not null, completed bigint not null, copies bigint not null,
    bytes bigint not null, size_unknown bigint not null
  ) on commit delete rows`;

/** Transfers that were never seen, straight into their table. */
export const copyTransfers = `copy transfers (${names}) from stdin (format binary)`;
/** What they add to the tallies. */
export const copyDeltas = 'copy deltas from stdin (format binary)';
/** All others, to be compared with what is there. */
export const copyBatch = 'copy batch from stdin (format binary)';

/**
 * Moves the rows of `batch` whose transfer exists already to `known`. Most transfers of a batch are new, and a plain insert
 * of them takes half the time of an upsert. If another agent inserts the same one meanwhile, the batch fails on the unique
 * key and is read again.
 *
 * $1 and $2 are the first and the last day of the batch, so that only the partitions between them are planned. On Citus each
 * partition has a table for every shard: to plan all that are kept would take longer than everything else.
 */
export const findKnown = `
  insert into known
  select b.* from batch b
  join transfers t on t.visitor = b.visitor and t.version_id = b.version_id
    and t.token_id = b.token_id and t.day = b.day
  where t.day between $1 and $2`;

export const keepUnknown = `
  delete from batch b using known k
  where k.visitor = b.visitor and k.version_id = b.version_id and k.token_id = b.token_id and k.day = b.day`;

/**
 * Runs around joins with `transfers`, which must be looked up by key. The planner can only guess the size of a temporary
 * table, and of a partition that was never analysed: it would sort or hash the whole day, or read it once for each row.
 * Joins between temporary tables do want a hash.
 */
export const lookUp = joinFreely('off');
export const lookUpNoMore = joinFreely('on');

function joinFreely(setting: 'on' | 'off'): string {
  const names = ['enable_hashjoin', 'enable_mergejoin', 'enable_material'];
  return `select ${names.map((name) => `set_config('${name}', '${setting}', true)`).join(', ')}`;
}

/** `batch` was filled in key order and is read in that order. */
export const insertTransfers = `insert into transfers (${names}) select ${names} from batch`;

const union = 'covered_union(t.covered_to, t.covered, excluded.covered_to, excluded.covered)';
// Nearly always both begin at 0, or the new bytes continue the front: that needs no multirange.
const plain = 't.covered is null and excluded.covered is null';
const continued = `t.covered is null and lower(excluded.covered) <= t.covered_to
      and excluded.covered = int8multirange(range_merge(excluded.covered))`;
/** Front and rest of the union of a row `t` and the row that conflicts with it. */
export const mergedFront = `case when ${plain} then greatest(t.covered_to, excluded.covered_to)
      when ${continued} then greatest(t.covered_to, upper(excluded.covered))
      else covered_front(${union}) end`;
export const mergedRest = `case when (${plain}) or (${continued}) then null else covered_rest(${union}) end`;
const sent = 't.sent + excluded.sent';
/** The earliest request gives a transfer its origin; of two in one millisecond, the one with the smaller id. */
const earlier = '(excluded.first_at, excluded.origin_id) < (t.first_at, t.origin_id)';
const ofEarliest = (column: string) =>
  `${column} = case when ${earlier} then excluded.${column} else t.${column} end`;

/** What becomes of a row `t` that more requests are added to. */
export const joinedColumns = `
    requests = t.requests + excluded.requests,
    sent = ${sent},
    covered_to = ${mergedFront},
    covered = ${mergedRest},
    last_at = greatest(t.last_at, excluded.last_at),
    first_at = least(t.first_at, excluded.first_at),
    -- of a transfer that is older than this column, what is known: when its first request ended
    began_at = least(coalesce(t.began_at, t.first_at), excluded.began_at),
    ${ofEarliest('origin_id')}, ${ofEarliest('edge')}, ${ofEarliest('class')}`;

/** The policy of today decides, as for a transfer that is new. */
const ownPolicy = { minBytes: 'excluded.min_bytes', completeFrom: 'excluded.complete_from' };

/**
 * $1 count_min_bytes, $2 complete_ratio. The row keeps what it added to the tallies before (prev_*), because
 * RETURNING shows only the new row before PostgreSQL 18.
 */
export const upsertTransfers = `
  insert into transfers as t (${names})
  select ${names} from known
  order by visitor, version_id, token_id, day
  on conflict (visitor, version_id, token_id, day) do update set
    ${joinedColumns},
    import_id = case when t.import_id is not distinct from excluded.import_id then t.import_id else ${ofSeveral} end,
    state = ${stateInSql(`(${sent})`, 't.size', `(${mergedFront})`, `(${mergedRest})`, ownPolicy)},
    min_bytes = excluded.min_bytes, complete_from = excluded.complete_from,
    prev_first_at = t.first_at, prev_edge = t.edge, prev_class = t.class, prev_state = t.state`;

const copies = (state: string, sent: string) => copiesInSql(`${state} >= 2`, sent, 'size');
const [download, completed] = [downloadInSql('state'), completedInSql('state')];
const [prevDownload, prevCompleted] = [downloadInSql('prev_state'), completedInSql('prev_state')];
const unknown = (state: string) => sizeUnknownInSql(state, 'size');

/** What transfers add that turned out to be new: all they have, as in fold/new-tallies.ts. */
const freshTransfers = `
    select file_id, ${bucketInSql('first_at')} as bucket, class, edge,
      requests, ${download} as downloads, ${completed} as completed, ${copies('state', 'sent')} as copies, sent as bytes,
      ${unknown('state')} as size_unknown
    from batch`;

function sumInto(source: string): string {
  return `insert into deltas
  select file_id, bucket, class, edge,
    sum(requests), sum(downloads), sum(completed), sum(copies), sum(bytes), sum(size_unknown)
  from ${source}
  group by file_id, bucket, class, edge`;
}

/**
 * What the batch changes in the tallies; $1 and $2 as above. A transfer adds all it has to the bucket in which it began;
 * where an earlier line has moved its beginning (or its class or edge), what it had added is taken away there.
 */
export const computeDeltas = `
  with changed as (
    select t.file_id, t.size, t.class, t.edge, t.requests, t.sent, t.state,
      ${bucketInSql('t.first_at')} as bucket, ${bucketInSql('t.prev_first_at')} as prev_bucket,
      t.prev_class, t.prev_edge, coalesce(t.prev_state, 0) as prev_state,
      t.requests - b.requests as prev_requests, t.sent - b.sent as prev_sent
    from known b
    join transfers t on t.visitor = b.visitor and t.version_id = b.version_id
      and t.token_id = b.token_id and t.day = b.day
    where t.day between $1 and $2
  ), judged as (
    select *, prev_bucket is not null
      and (prev_bucket <> bucket or prev_class <> class or prev_edge <> edge) as moved
    from changed
  ), added as (
    select file_id, bucket, class, edge,
      case when moved then requests else requests - prev_requests end as requests,
      ${download} - case when moved then 0 else ${prevDownload} end as downloads,
      ${completed} - case when moved then 0 else ${prevCompleted} end as completed,
      ${copies('state', 'sent')} - case when moved then 0 else ${copies('prev_state', 'prev_sent')} end as copies,
      case when moved then sent else sent - prev_sent end as bytes,
      ${unknown('state')} - case when moved then 0 else ${unknown('prev_state')} end as size_unknown
    from judged
    union all
    select file_id, prev_bucket, prev_class, prev_edge,
      -prev_requests, -${prevDownload}, -${prevCompleted}, -${copies('prev_state', 'prev_sent')}, -prev_sent,
      -${unknown('prev_state')}
    from judged
    where moved
    union all
    ${freshTransfers}
  )
  ${sumInto('added')}`;

/** The same for a batch of which no transfer was known. */
export const computeFreshDeltas = sumInto(`(${freshTransfers}) as added`);

export const upsertTallies = `
  insert into tallies as t
    (file_id, bucket, class, edge, requests, downloads, completed, copies, bytes, size_unknown)
  select file_id, bucket, class, edge,
    sum(requests), sum(downloads), sum(completed), sum(copies), sum(bytes), sum(size_unknown)
  from deltas
  group by file_id, bucket, class, edge
  order by file_id, bucket, class, edge
  on conflict (file_id, bucket, class, edge) do update set
    requests = t.requests + excluded.requests,
    downloads = t.downloads + excluded.downloads,
    completed = t.completed + excluded.completed,
    copies = t.copies + excluded.copies,
    bytes = t.bytes + excluded.bytes,
    size_unknown = t.size_unknown + excluded.size_unknown`;

/** A transfer that moved may leave a row of zeros behind, which another order of lines would not have made. */
export const deleteEmptyTallies = `
  delete from tallies t using deltas d
  where d.requests < 0 and t.requests = 0
    and t.file_id = d.file_id and t.bucket = d.bucket and t.class = d.class and t.edge = d.edge`;

/** $1 day, as often as a batch holds requests of it. */
export const markDaysStale = `
  insert into stale_days (day, phase) select unnest($1::date[]), 'changed' on conflict do nothing`;
