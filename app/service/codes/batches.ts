// Making batches of codes. First the codes are drawn, then they are written or printed, and only then are they stored:
// a code that is in the database is in somebody's hands, too, or can be printed again.

import { createHmac } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Sql } from '../../db/connection.ts';
import { orm } from '../../db/orm.ts';
import { codeBatches } from '../../db/schema/service.ts';
import { inTransaction } from '../../db/transaction.ts';
import { newTokenId } from '../tokens/id.ts';
import { formatCode, newCode } from './code.ts';
import { batchSeal } from './seal.ts';

export type Artwork = { type: 'image/jpeg' | 'image/png'; bytes: Uint8Array };

/** What cards say. */
export type BatchTerms = {
  label: string;
  title: string;
  uses: number;
  redeemUntil: Date | undefined;
  artwork?: Artwork | undefined;
};

export type BatchRequest = BatchTerms & {
  paths: readonly string[];
  count: number;
  /** characters of randomness */
  length: number;
  startSeconds: number;
  holdSeconds: number;
  issuedBy: string;
};

/** `code` is what is printed, with dashes. */
type IssuedCode = { serial: number; code: string };
export type IssuedBatch = { id: string; createdAt: Date; codes: IssuedCode[] };

/** Ten thousand codes take a quarter of a second, so others have their turn after so many. */
const atOnce = 500;

/** The digest under which a code without dashes is stored: the code itself is not. */
export function digestCode(key: Buffer, code: string): Buffer {
  return createHmac('sha256', key).update('tallygate-code-v1\n').update(code).digest();
}

/**
 * The codes of a new batch. Nothing is stored yet.
 * @param now milliseconds since the epoch
 */
export async function drawBatch({ count, length }: BatchRequest, now: number): Promise<IssuedBatch> {
  // 65 random bits do not repeat, but short codes might: no two cards may have the same code.
  const codes = new Set<string>();
  while (codes.size < count) {
    codes.add(newCode(length));
    if (codes.size % atOnce === 0) await setImmediate();
  }
  return {
    id: newTokenId(now),
    createdAt: new Date(now),
    codes: [...codes].map((code, index) => ({ serial: index + 1, code: formatCode(code) })),
  };
}

/**
 * Stores a batch that was drawn, in one transaction. From then on its codes can be redeemed.
 * @param key that of codes
 * @param sizes bytes of each path's file, null where unknown
 * @param reprint whether the codes are kept sealed, so that they can be printed again
 */
export async function storeBatch(
  sql: Sql,
  key: Buffer,
  batch: IssuedBatch,
  request: BatchRequest,
  sizes: readonly (number | null)[],
  reprint: boolean,
): Promise<void> {
  const rows = await codeRows(key, batch, reprint);
  await inTransaction(sql, async (transaction) => {
    await orm(transaction)
      .insert(codeBatches)
      .values({
        id: batch.id,
        createdAt: batch.createdAt,
        label: request.label,
        title: request.title,
        paths: [...request.paths],
        sizes: [...sizes],
        uses: request.uses,
        redeemUntil: request.redeemUntil,
        startSeconds: request.startSeconds,
        holdSeconds: request.holdSeconds,
        artwork: request.artwork?.bytes,
        artworkType: request.artwork?.type,
        issuedBy: request.issuedBy,
        sealed: reprint,
      });
    await transaction`
      insert into codes (digest, batch_id, serial, uses, sealed)
      select decode(digest, 'hex'), ${batch.id}, serial, ${request.uses}, decode(sealed, 'hex')
        from unnest(${rows.map(({ digest }) => digest)}::text[], ${rows.map(({ serial }) => serial)}::int[],
                    ${rows.map(({ sealed }) => sealed)}::text[]) as t (digest, serial, sealed)`;
  });
}

type CodeRow = { serial: number; digest: string; sealed: string | null };

async function codeRows(key: Buffer, { id, codes }: IssuedBatch, reprint: boolean): Promise<CodeRow[]> {
  const seal = reprint ? batchSeal(key, id) : undefined;
  const rows: CodeRow[] = [];
  for (const { serial, code } of codes) {
    if (serial % atOnce === 0) await setImmediate();
    rows.push({
      serial,
      digest: digestCode(key, code.replaceAll('-', '')).toString('hex'),
      sealed: seal?.close(serial, code).toString('hex') ?? null,
    });
  }
  return rows;
}
