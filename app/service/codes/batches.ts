// Making batches of codes.

import { createHmac } from 'node:crypto';
import type { Sql } from '../../db/connection.ts';
import { orm } from '../../db/orm.ts';
import { codeBatches } from '../../db/schema/service.ts';
import { inTransaction } from '../../db/transaction.ts';
import { newTokenId } from '../tokens/id.ts';
import { formatCode, newCode } from './code.ts';

export type BatchRequest = {
  label: string;
  title: string;
  paths: readonly string[];
  count: number;
  uses: number;
  /** characters of randomness */
  length: number;
  redeemUntil: Date | undefined;
  startSeconds: number;
  holdSeconds: number;
  artwork?: { type: 'image/jpeg' | 'image/png'; bytes: Uint8Array } | undefined;
  issuedBy: string;
};

/** A code as it is handed out, once and never again: `code` is what is printed, with dashes. */
type IssuedCode = { serial: number; code: string };
export type IssuedBatch = { id: string; createdAt: Date; codes: IssuedCode[] };

/** The digest under which a code is stored: the code itself is not. */
export function digestCode(key: Buffer, code: string): Buffer {
  return createHmac('sha256', key).update('tallygate-code-v1\n').update(code).digest();
}

/**
 * Makes a batch in one transaction. The codes are in this answer and nowhere else.
 * @param sizes bytes of each path's file, null where unknown
 * @param now milliseconds since the epoch
 */
export async function createBatch(
  sql: Sql,
  key: Buffer,
  request: BatchRequest,
  sizes: readonly (number | null)[],
  now: number,
): Promise<IssuedBatch> {
  const id = newTokenId(now);
  const createdAt = new Date(now);
  // 65 random bits do not repeat, but short codes might: no two cards may have the same code.
  const codes = new Set<string>();
  while (codes.size < request.count) codes.add(newCode(request.length));
  const issued = [...codes].map((code, index) => ({ serial: index + 1, code }));
  await inTransaction(sql, async (transaction) => {
    await orm(transaction)
      .insert(codeBatches)
      .values({
        id,
        createdAt,
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
      });
    await transaction`
      insert into codes (digest, batch_id, serial, uses)
      select decode(digest, 'hex'), ${id}, serial, ${request.uses}
        from unnest(${issued.map(({ code }) => digestCode(key, code).toString('hex'))}::text[],
                    ${issued.map(({ serial }) => serial)}::int[]) as t (digest, serial)`;
  });
  return { id, createdAt, codes: issued.map(({ serial, code }) => ({ serial, code: formatCode(code) })) };
}
