// Batches and codes for the operator: how many uses are held and spent, and revoking.

import type { Sql } from '../../db/connection.ts';
import { inTransaction } from '../../db/transaction.ts';
import { deny } from '../tokens/store.ts';

export type BatchSummary = {
  id: string;
  label: string;
  title: string;
  paths: string[];
  created_at: Date;
  redeem_until: Date | null;
  revoked_at: Date | null;
  codes: number;
  uses: number;
  held: number;
  spent: number;
};

export type CodeSummary = {
  serial: number;
  uses: number;
  held: number;
  spent: number;
  revoked_at: Date | null;
};

const summary = (sql: Sql) => sql`
  b.id, b.label, b.title, b.paths, b.created_at, b.redeem_until, b.revoked_at, s.*`;
const sums = (sql: Sql) => sql`
  lateral (select count(*)::int as codes, coalesce(sum(c.uses), 0)::int as uses,
                  coalesce(sum(c.held), 0)::int as held, coalesce(sum(c.spent), 0)::int as spent
             from codes c where c.batch_id = b.id) s`;

/** Batches, newest first. */
export async function listBatches(sql: Sql, limit: number, before?: string): Promise<BatchSummary[]> {
  return sql<BatchSummary[]>`
    select ${summary(sql)} from code_batches b, ${sums(sql)}
     where ${before === undefined ? sql`true` : sql`b.id < ${before}`}
     order by b.id desc limit ${limit}`;
}

export async function findBatch(sql: Sql, id: string): Promise<BatchSummary | undefined> {
  const [batch] = await sql<BatchSummary[]>`
    select ${summary(sql)} from code_batches b, ${sums(sql)} where b.id = ${id}`;
  return batch;
}

/** The codes of a batch after a serial number, in their order. */
export async function listCodes(sql: Sql, batch: string, limit: number, after = 0): Promise<CodeSummary[]> {
  return sql<CodeSummary[]>`
    select serial, uses, held, spent, revoked_at from codes
     where batch_id = ${batch} and serial > ${after} order by serial limit ${limit}`;
}

/**
 * Revokes a batch, or one code of it. It can no longer be redeemed, and every edge refuses the links it gave.
 * @returns false where there is no such batch or code
 */
export async function revokeCodes(sql: Sql, batch: string, serial?: number): Promise<boolean> {
  return inTransaction(sql, async (transaction) => {
    const tx = transaction as unknown as Sql;
    const which =
      serial === undefined ? tx`batch_id = ${batch}` : tx`batch_id = ${batch} and serial = ${serial}`;
    // Mark each code, not only the batch: a redemption under way waits for its code and then checks the code again, not
    // the batch. In the order of their digests, as redeeming takes them, so that the two cannot deadlock.
    await tx`select from codes where ${which} order by digest for update`;
    const codes =
      await tx`update codes set revoked_at = coalesce(revoked_at, now()) where ${which} returning serial`;
    if (codes.length === 0) return false;
    if (serial === undefined) {
      await tx`update code_batches set revoked_at = coalesce(revoked_at, now()) where id = ${batch}`;
    }
    const tokens = await tx<{ id: string }[]>`
      select r.token_base || '-' || n as id
        from codes c
        join code_batches b on b.id = c.batch_id
        join redemptions r on r.code_digest = c.digest and r.state <> 'released'
       cross join generate_series(1, cardinality(b.paths)) as n
       where ${which}`;
    await deny(
      tx,
      tokens.map(({ id }) => id),
      'revoked',
    );
    return true;
  });
}
