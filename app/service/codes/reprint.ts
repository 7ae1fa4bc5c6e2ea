// Printing a batch again, from the sealed copies of its codes. A code's copy goes when it is redeemed or revoked: the card
// is in somebody's hands, or must not get there. It goes with redeem_until, too, and when `[codes] reprint` is off.

import { and, asc, eq, sql as expression, isNotNull } from 'drizzle-orm';
import type { Sql } from '../../db/connection.ts';
import { orm } from '../../db/orm.ts';
import { codeBatches, codes } from '../../db/schema/service.ts';
import type { BatchTerms, IssuedBatch } from './batches.ts';
import { batchSeal } from './seal.ts';

/** `omitted`: how many codes have no sealed copy: they were redeemed or revoked. */
export type Reprint = {
  kind: 'codes';
  batch: IssuedBatch;
  terms: BatchTerms;
  omitted: number;
};
/** Why nothing is printed. */
export type NoReprint =
  | { kind: 'missing' }
  /** no code of it has a sealed copy */
  | { kind: 'gone' }
  /** codes.key is not the one that the batch was made with */
  | { kind: 'other_key' };

/**
 * The codes of a batch that can be printed again.
 * @param maySee whether the one who asks may know of a batch of this maker
 */
export async function openBatch(
  sql: Sql,
  key: Buffer,
  id: string,
  maySee: (issuedBy: string) => boolean = () => true,
): Promise<Reprint | NoReprint> {
  const db = orm(sql);
  const [batch] = await db.select().from(codeBatches).where(eq(codeBatches.id, id));
  if (!batch || !maySee(batch.issuedBy)) return { kind: 'missing' };
  const [rows, all] = await Promise.all([
    db
      .select({ serial: codes.serial, sealed: codes.sealed })
      .from(codes)
      .where(and(eq(codes.batchId, id), isNotNull(codes.sealed)))
      .orderBy(asc(codes.serial)),
    db.$count(codes, eq(codes.batchId, id)),
  ]);
  if (rows.length === 0) return { kind: 'gone' };
  const seal = batchSeal(key, id);
  const opened = rows.map(({ serial, sealed }) => ({ serial, code: sealed && seal.open(serial, sealed) }));
  const issued = opened.flatMap(({ serial, code }) => (code ? [{ serial, code }] : []));
  // Of a batch that is damaged in part, nothing is left out without a word.
  if (issued.length < rows.length) return { kind: 'other_key' };
  const { label, title, uses, redeemUntil, artwork, artworkType } = batch;
  return {
    kind: 'codes',
    batch: { id, createdAt: batch.createdAt, codes: issued },
    terms: {
      label,
      title,
      uses,
      redeemUntil: redeemUntil ?? undefined,
      artwork: artwork && artworkType ? { type: artworkType, bytes: artwork } : undefined,
    },
    omitted: all - rows.length,
  };
}

/**
 * Removes the sealed copies that nobody may print any more: of batches that are over, or of all where `reprint` is off.
 * Codes that are being redeemed are left for the next time.
 */
export async function forgetSealed(sql: Sql, reprint: boolean, now: Date): Promise<void> {
  const over = reprint ? sql`redeem_until <= ${now}` : sql`true`;
  await sql`
    update codes set sealed = null
     where digest in (select digest from codes
                       where sealed is not null
                         and batch_id in (select id from code_batches where sealed and ${over})
                       order by digest for update skip locked)`;
  await orm(sql)
    .update(codeBatches)
    .set({ sealed: false })
    .where(
      and(
        eq(codeBatches.sealed, true),
        expression`not exists (select from codes c where c.batch_id = ${codeBatches.id} and c.sealed is not null)`,
      ),
    );
}
