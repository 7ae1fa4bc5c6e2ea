// What PostgreSQL knows about agents, logs, denials and connections: small tables, read at each scrape.

import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from '../db/connection.ts';

export type Reading = {
  agents: {
    edge: string;
    host: string;
    seen: number;
    unread: number;
    denied: number;
    batches: number;
    batch_seconds: number;
  }[];
  lines: { edge: string; outcome: string; lines: number }[];
  rejects: { reason: string; lines: number }[];
  connections: { application: string; state: string; count: number }[];
  denials: number;
};

/** @throws when PostgreSQL does not answer within `patience` milliseconds */
export async function readSystem(sql: Sql, patience: number): Promise<Reading> {
  const over = new AbortController();
  const late = delay(patience, undefined, { signal: over.signal }).then(() => {
    throw new Error(`PostgreSQL did not answer for ${patience} ms`);
  });
  late.catch(() => {});
  try {
    return await Promise.race([ask(sql), late]);
  } finally {
    over.abort();
  }
}

async function ask(sql: Sql): Promise<Reading> {
  const [agents, lines, rejects, connections, denials] = await Promise.all([
    sql<Reading['agents']>`
      select edge, host, extract(epoch from seen_at)::float8 as seen, unread::float8 as unread, denied,
        batches::float8 as batches, batch_seconds
      from agents`,
    sql<Reading['lines']>`
      select edge, outcome, lines::float8 as lines from (
        select edge, sum(requests) as counted, sum(rejects) as rejected from sources group by edge
      ) s cross join lateral (values ('counted', counted), ('rejected', rejected)) as o(outcome, lines)`,
    sql<Reading['rejects']>`
      select reason, sum(lines)::float8 as lines from reject_counts group by reason`,
    sql<Reading['connections']>`
      select application_name as application, coalesce(state, 'unknown') as state, count(*)::int as count
      from pg_stat_activity
      where datname = current_database() and application_name like 'tallygate%' group by 1, 2`,
    sql<{ count: number }[]>`
      select count(*)::int as count from report.denials`,
  ]);
  return { agents, lines, rejects, connections, denials: denials[0]?.count ?? 0 };
}
