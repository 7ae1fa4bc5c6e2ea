// Tallies made in SQL, for the tests and the bench of reports: no log, no agent, any length of time.

import type { Sql } from '../../app/db/connection.ts';

export type Filling = { from: string; to: string; files: number; edge?: string };

/**
 * Gives each file a row for every quarter of an hour and class: one request of a number of bytes that no other
 * row has. The roll-ups are made by the procedure that `tallygate rebuild` calls.
 */
export async function fillTallies(sql: Sql, { from, to, files, edge = 'fra1' }: Filling): Promise<void> {
  await sql`
    insert into files (id, host, path)
    select n, 'dl.example.org', '/files/' || n || '.iso' from generate_series(1, ${files}::int) n`;
  await sql`
    insert into tallies (file_id, bucket, class, edge, requests, downloads, completed, copies, bytes)
    select f.id, b.bucket, c.class, ${edge}, 1, 1, 1, 1,
      (row_number() over (order by f.id, b.bucket, c.class))
    from files f
    cross join generate_series(${from}::timestamptz, ${to}::timestamptz - interval '1 s', '15 min') b(bucket)
    cross join unnest(enum_range(null::visitor_class)) c(class)`;
  await sql`call refresh_rollups(${from}::date, ${to}::date)`;
}
