// Batches and codes for the operator: how many uses are held and spent, and revoking.

import { and, asc, eq, sql as expression, gt, ne } from 'drizzle-orm';
import type { Sql } from '../../db/connection.ts';
import { orm } from '../../db/orm.ts';
import { codeBatches, codes, redemptions } from '../../db/schema/service.ts';
import { inTransaction } from '../../db/transaction.ts';
import { revokeTokens } from '../../denials/denials.ts';

export type BatchSummary = {
  id: string;
  label: string;
  title: string;
  paths: string[];
  created_at: Date;
  redeem_until: Date | null;
  revoked_at: Date | null;
  issued_by: string;
  codes: number;
  uses: number;
  held: number;
  spent: number;
};

const summary = (sql: Sql) => sql`
  b.id, b.label, b.title, b.paths, b.created_at, b.redeem_until, b.revoked_at, b.issued_by, s.*`;
const sums = (sql: Sql) => sql`
  lateral (select count(*)::int as codes, coalesce(sum(c.uses), 0)::int as uses,
                  coalesce(sum(c.held), 0)::int as held, coalesce(sum(c.spent), 0)::int as spent
             from codes c where c.batch_id = b.id) s`;

/** Batches, newest first: those of one API key, or all. `before` is the id of the last one of the page before. */
export async function listBatches(
  sql: Sql,
  limit: number,
  { before, issuedBy }: { before?: string | undefined; issuedBy?: string | undefined } = {},
): Promise<BatchSummary[]> {
  return sql<BatchSummary[]>`
    select ${summary(sql)} from code_batches b, ${sums(sql)}
     where ${before === undefined ? sql`true` : sql`b.id < ${before}`}
       and ${issuedBy === undefined ? sql`true` : sql`b.issued_by = ${issuedBy}`}
     order by b.id desc limit ${limit}`;
}

export async function findBatch(sql: Sql, id: string): Promise<BatchSummary | undefined> {
  const [batch] = await sql<BatchSummary[]>`
    select ${summary(sql)} from code_batches b, ${sums(sql)} where b.id = ${id}`;
  return batch;
}

/** The codes of a batch after a serial number, in their order. */
export async function listCodes(sql: Sql, batch: string, limit: number, after = 0) {
  return orm(sql)
    .select({
      serial: codes.serial,
      uses: codes.uses,
      held: codes.held,
      spent: codes.spent,
      revoked_at: codes.revokedAt,
    })
    .from(codes)
    .where(and(eq(codes.batchId, batch), gt(codes.serial, after)))
    .orderBy(asc(codes.serial))
    .limit(limit);
}

/**
 * Revokes a batch, or one code of it. From then on nothing of it is redeemed, and every edge refuses what was redeemed.
 * @returns false if there is no such batch or code
 */
export async function revokeCodes(sql: Sql, batch: string, serial?: number): Promise<boolean> {
  return inTransaction(sql, async (transaction) => {
    const db = orm(transaction);
    const which = and(eq(codes.batchId, batch), serial === undefined ? undefined : eq(codes.serial, serial));
    // Every code is marked, not only the batch: a redemption under way waits for the code's row, and then checks the
    // code again, but not the batch. The codes are locked in the order of their digests, as redeeming does, so that
    // neither waits for the other for ever.
    await db
      .select({ serial: codes.serial })
      .from(codes)
      .where(which)
      .orderBy(asc(codes.digest))
      .for('update');
    const marked = await db
      .update(codes)
      .set({ revokedAt: expression`coalesce(revoked_at, now())`, sealed: null })
      .where(which)
      .returning({ serial: codes.serial });
    if (marked.length === 0) return false;
    if (serial === undefined) {
      await db
        .update(codeBatches)
        .set({ revokedAt: expression`coalesce(revoked_at, now())` })
        .where(eq(codeBatches.id, batch));
    }
    const redeemed = await db
      .select({ token: redemptions.tokenId })
      .from(codes)
      .innerJoin(redemptions, eq(redemptions.codeDigest, codes.digest))
      .where(and(which, ne(redemptions.state, 'released')));
    await revokeTokens(
      transaction,
      redeemed.map(({ token }) => token),
    );
    return true;
  });
}
