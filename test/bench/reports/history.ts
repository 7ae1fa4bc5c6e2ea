// A history for the bench, made in SQL: 1,000 files over a number of days, each with a share of the quarters of an
// hour as Zipf has it (the first eight files in all of them, the last in one of 125), people and tools; the
// transfers of the last 30 days, sources, dimensions, tokens. Nothing is random: two runs make the same rows.

import type { Sql } from '../../../app/db/connection.ts';
import { openDays } from '../../../app/ingest/store/partitions.ts';

const files = 1000;
const kept = 30;

export async function fillHistory(sql: Sql, days: number): Promise<number> {
  await sql`
    insert into files (id, host, path)
    select n, 'dl.example.org', '/files/' || n || '.iso' from generate_series(1, ${files}::int) n`;
  await sql`insert into file_versions (id, file_id, etag, size) select id, id, '"v1"', 1000000 from files`;
  await sql`
    insert into tallies (file_id, bucket, class, edge, requests, downloads, completed, copies, bytes)
    select f.id, b.bucket, c.class, 'fra1', 12, 4, 3, 3, 3500000
    from files f
    cross join lateral generate_series(
      date_bin('15 min', now(), '2000-01-01') - make_interval(days => ${days}, mins => 15 * (f.id % 125)::int),
      now(), make_interval(mins => 15 * greatest(1, f.id / 8)::int)) b(bucket)
    cross join (values ('person'::visitor_class), ('tool')) c(class)
    order by b.bucket, f.id`;
  await sql`call refresh_rollups((now() - make_interval(days => ${days + 2}))::date, now()::date)`;
  await sql`
    insert into tally_dimensions (file_id, day, class, edge, dimension, value, downloads, bytes)
    select t.file_id, t.day, t.class, t.edge, d, d || (t.file_id % 50), t.downloads, t.bytes
    from tally_days t cross join unnest(array['referrer', 'client', 'country']) d
    order by t.day, t.file_id, d`;
  await fillTransfers(sql);
  await sql`
    insert into tokens (id, paths, expires_at, label, customer)
    select 'token' || to_char(n, 'FM000000'), array['/files/1.iso'], now() + interval '1 day', 'label', 'c' || n % 100
    from generate_series(1, 2000) n`;
  await sql`
    insert into sources (fingerprint, kind, lines, requests, edge, path)
    select decode(md5(n::text), 'hex'), 'file', 1000, 1000, 'fra1', '/var/log/tallygate/downloads.log.' || n
    from generate_series(1, 50) n`;
  await sql`insert into key_usage (key_id, day, edge, requests, last_at)
    select 'a1', day, 'fra1', 1000, now() from generate_series(now() - make_interval(days => ${days}), now(), '1 day') day`;
  await sql`vacuum (analyze)`;
  const [row] = await sql<{ n: string }[]>`select count(*) as n from tallies`;
  return Number(row?.n);
}

/** 5,000 transfers a day up to now, as many as the retention keeps: the same in a short history and a long one. */
async function fillTransfers(sql: Sql): Promise<void> {
  const today = Math.floor(Date.now() / 86_400_000);
  await openDays(
    sql,
    Array.from({ length: kept }, (_, index) => today - index),
  );
  await sql`
    insert into origins (id, edge, agent, client, class, referrer_host, country)
    values (1, 'fra1', 'curl/8.5', 'curl', 'tool', 'example.org', 'DE')`;
  await sql`
    insert into transfers (visitor, version_id, token_id, day, file_id, origin_id, edge, class, requests, sent, size,
      covered_to, first_at, last_at, state)
    select n % 700, 1 + n % ${files}::int, case when n % 50 = 0 then 'token' || to_char(1 + n % 2000, 'FM000000') else '' end,
      d::date, 1 + n % ${files}::int, 1, 'fra1', 'tool', 4, 1000000, 1000000, 1000000, d + make_interval(secs => n * 17),
      d + make_interval(secs => n * 17 + 60), 3
    from generate_series((now() at time zone 'UTC')::date - ${kept - 1}::int, (now() at time zone 'UTC')::date, interval '1 day') d
    cross join generate_series(1, 5000) n
    where d + make_interval(secs => n * 17 + 60) <= now()`;
}
