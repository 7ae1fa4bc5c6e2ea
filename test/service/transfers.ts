// Transfers as the agent would have stored them, for what only shows them.

import type { Sql } from '../../app/db/connection.ts';

/** What every transfer here came from, and a partition for all their days. */
export async function addOrigin(sql: Sql): Promise<void> {
  await sql`create table transfers_test partition of transfers default`;
  await sql`
    insert into origins (id, edge, agent, client, class, referrer_host, country)
    values (1, 'fra1', 'curl/8.5.0', 'curl', 'tool', '', '')`;
}

let visitor = 0;

/** A completed transfer by a new visitor. `at`: when its last request ended, now unless given. */
export async function addTransfer(
  sql: Sql,
  {
    path,
    token = '',
    sent = 1000,
    at = new Date(),
  }: { path: string; token?: string; sent?: number; at?: Date },
): Promise<void> {
  await sql`
    with file as (
      insert into files (id, host, path) values (hashtextextended(${path}, 0), 'h', ${path})
      on conflict (id) do update set path = excluded.path returning id)
    insert into transfers (visitor, version_id, token_id, file_id, origin_id, class, day, edge, first_at, last_at, size,
      sent, covered_to, requests, state)
    select ${++visitor}, 1, ${token}, id, 1, 'tool', (${at}::timestamptz at time zone 'UTC')::date, 'fra1', ${at}, ${at},
      1000, ${sent}, 0, 1, 3 from file`;
}
