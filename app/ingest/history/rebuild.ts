// Computes the tallies again from the transfers that are kept: to prove them, to mend them, or to apply another policy.
// Each day is one transaction, and whoever counts requests of that day waits for it.

import type postgres from 'postgres';
import type { Sql } from '../../db/connection.ts';
import { inTransaction } from '../../db/transaction.ts';
import { folderPoliciesInSql } from '../fold/folders.ts';
import {
  bucketInSql,
  completedInSql,
  completeFromInSql,
  copiesInSql,
  downloadInSql,
  type Policy,
  sizeUnknownInSql,
  stateInSql,
  withPolicy,
} from '../fold/transfer.ts';
import { type ClassPatterns, createClassifier } from '../record/classify.ts';
import { holdDimensions, writeDimensions } from '../store/dimensions.ts';

/** How many transfers a day has, and how many rows of its tallies were wrong. */
export type Comparison = { day: string; transfers: number; differences: number };

/** The days whose transfers are kept, oldest first. */
export async function keptDays(sql: Sql): Promise<string[]> {
  const rows = await sql<{ day: string }[]>`
    select to_date(right(c.relname, 8), 'YYYYMMDD')::text as day
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'transfers'::regclass order by 1`;
  return rows.map((row) => row.day);
}

/** Compares a day's tallies with its transfers, and puts them right unless `check`. */
export async function rebuildDay(sql: Sql, day: string, policy: Policy, check: boolean): Promise<Comparison> {
  return inTransaction(sql, async (tx) => {
    if (!check) await holdDimensions(tx);
    await holdDay(tx);
    if (!check) await judgeAgain(tx, day, policy);
    const comparison = await compare(tx, day);
    if (!check && comparison.differences > 0) await replaceTallies(tx, day);
    if (!check) await writeDimensions(tx, day);
    return comparison;
  });
}

type Judged = { id: string; agent: string; class: string; client: string; rule: string };

/** Applies the operator's patterns of today to every origin; returns how many changed their class, client or rule. */
export async function reclassifyOrigins(sql: Sql, patterns: ClassPatterns): Promise<number> {
  const classify = createClassifier(patterns);
  let changed = 0;
  for await (const rows of sql<Judged[]>`
    select id, agent, class, client, rule from origins order by id`.cursor(5000)) {
    const wrong = rows
      .map((before) => ({ id: before.id, before, after: classify(before.agent) }))
      .filter(({ before, after }) =>
        (['class', 'client', 'rule'] as const).some((name) => before[name] !== after[name]),
      );
    if (wrong.length === 0) continue;
    await sql`
      update origins o set class = u.class, client = u.client, rule = u.rule
      from unnest(${wrong.map((row) => row.id)}::bigint[], ${wrong.map((row) => row.after.class)}::visitor_class[],
        ${wrong.map((row) => row.after.client)}::text[], ${wrong.map((row) => row.after.rule)}::text[])
        as u(id, class, client, rule)
      where o.id = u.id`;
    changed += wrong.length;
  }
  return changed;
}

/** Gives a day's transfers the class of their origins, and its tallies with them. */
export async function reclassifyDay(sql: Sql, day: string): Promise<number> {
  return inTransaction(sql, async (tx) => {
    await holdDimensions(tx);
    await holdDay(tx);
    const moved = await tx`
      update transfers t set class = o.class from origins o
      where t.day = ${day} and o.id = t.origin_id and t.class <> o.class`;
    await tx`
      update transfer_shares s set class = o.class from origins o
      where s.day = ${day} and o.id = s.origin_id and s.class <> o.class`;
    if (moved.count === 0) return 0;
    await replaceTallies(tx, day);
    await writeDimensions(tx, day);
    return moved.count;
  });
}

/** Those who read go on; those who count wait. */
async function holdDay(tx: postgres.TransactionSql): Promise<void> {
  await tx`lock table transfers in share row exclusive mode`;
  await tx`set local jit = off`;
}

/** Gives the day's transfers the state that today's policy says: the sums are made of it. */
async function judgeAgain(tx: postgres.TransactionSql, day: string, policy: Policy): Promise<void> {
  const { minBytes, completeRatio } = folderPoliciesInSql(policy.folders);
  const own = { minBytes, completeFrom: completeFromInSql(`(${completeRatio})`, 't.size') };
  const judged = [
    own.minBytes,
    own.completeFrom,
    stateInSql('t.sent', 't.size', 't.covered_to', 't.covered', own),
  ].join(', ');
  await tx.unsafe(
    withPolicy(
      `update transfers t set (min_bytes, complete_from, state) = row(${judged})
       from files f
       where f.id = t.file_id and t.day = $3
         and (t.min_bytes, t.complete_from, t.state) is distinct from (${judged})`,
      policy,
    ).replace('$3', '$1'),
    [day],
  );
}

const fromTransfers = `
  select file_id, ${bucketInSql('first_at')} as bucket, class, edge,
    sum(requests)::bigint as requests, sum(${downloadInSql('state')})::bigint as downloads, sum(${completedInSql('state')})::bigint as completed,
    sum(${copiesInSql('state >= 2', 'sent', 'size')})::bigint as copies, sum(sent)::bigint as bytes,
    sum(${sizeUnknownInSql('state', 'size')})::bigint as size_unknown
  from transfers where day = $1 group by 1, 2, 3, 4`;
const ofDay = `bucket >= $1::date::timestamp at time zone 'UTC'
  and bucket < ($1::date + 1)::timestamp at time zone 'UTC'`;

async function compare(tx: postgres.TransactionSql, day: string): Promise<Comparison> {
  const [row] = await tx.unsafe<{ transfers: number; differences: number }[]>(
    `with rebuilt as (${fromTransfers}), counted as (
       select file_id, bucket, class, edge, requests, downloads, completed, copies, bytes, size_unknown
       from tallies where ${ofDay}
     )
     select (select count(*)::int from transfers where day = $1) as transfers,
       (select count(*)::int from ((table rebuilt except table counted)
          union all (table counted except table rebuilt)) as different) as differences`,
    [day],
  );
  return { day, transfers: row?.transfers ?? 0, differences: row?.differences ?? 0 };
}

async function replaceTallies(tx: postgres.TransactionSql, day: string): Promise<void> {
  await tx.unsafe(`delete from tallies where ${ofDay}`, [day]);
  await tx.unsafe(
    `insert into tallies
       (file_id, bucket, class, edge, requests, downloads, completed, copies, bytes, size_unknown)
     ${fromTransfers}`,
    [day],
  );
  await tx`call refresh_rollups(${day}::date, ${day}::date)`;
}
