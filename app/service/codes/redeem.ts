// Redeeming a code: one statement takes one of its uses and issues a token for the files of its batch. Under load,
// waiting requests share a statement. Two requests for the same code never share one: each must see what the other took.

import { createHash, randomBytes } from 'node:crypto';
import { and, eq, sql as expression, gt, ne } from 'drizzle-orm';
import type { Sql } from '../../db/connection.ts';
import { orm } from '../../db/orm.ts';
import { codeBatches, codes, redemptions } from '../../db/schema/service.ts';
import { coalesce } from '../db/coalesce.ts';
import { newTokenId } from '../tokens/id.ts';
import { freeAgainAt, settleCode } from './settle.ts';

/** A use was taken; `secret` is part of the address of its page. */
export type Taken = { kind: 'taken'; secret: string };
/** Why a code gives nothing. `freeAt`: when the first of its held uses may be free again. */
export type Refused =
  | { kind: 'unknown' }
  | { kind: 'revoked' }
  | { kind: 'expired'; at: Date }
  | { kind: 'used_up'; uses: number; held: number; freeAt: Date | undefined };

type Asked = { digest: Buffer; secret: string; token: string };

/** Makes the function that redeems the code with this digest. In a transaction, if it is given one, each has its own statement. */
export function redeemer(
  pool: Sql,
  now: () => number,
): (digest: Buffer, transaction?: Sql) => Promise<Taken | Refused> {
  const together = coalesce((asked: Asked[]) => takeUses(pool, asked, now()), {
    maxItems: 200,
    flights: 2,
    keyOf: ({ digest }) => digest.toString('latin1'),
  });
  return async (digest, transaction) => {
    const sql = transaction ?? pool;
    const attempt = async () => {
      const secret = randomBytes(16).toString('base64url');
      const asked = { digest, secret, token: newTokenId(now()) };
      return transaction ? (await takeUses(transaction, [asked], now()))[0] : together(asked);
    };
    const taken = await attempt();
    if (taken) return taken;
    const refused = await whyNot(sql, digest, now());
    // The time of a held use may be over, and nobody has released it yet.
    if (refused.kind !== 'used_up' || !(await settleCode(sql, digest, now()))) return refused;
    return (await attempt()) ?? refused;
  };
}

async function takeUses(sql: Sql, asked: Asked[], now: number): Promise<(Taken | undefined)[]> {
  const at = new Date(now);
  const hex = (bytes: Buffer) => bytes.toString('hex');
  const taken = await sql<{ token: string }[]>`
    with asked as (
      select decode(digest, 'hex') as digest, decode(id, 'hex') as id, token
        from unnest(${asked.map(({ digest }) => hex(digest))}::text[],
                    ${asked.map(({ secret }) => hex(redemptionId(secret)))}::text[],
                    ${asked.map(({ token }) => token)}::text[]) as t (digest, id, token)
    ),
    -- locked in the order of their digests, so that two statements never wait for each other; PostgreSQL checks a row
    -- again that another statement changed while this one waited for it
    free as (
      select c.digest, c.batch_id, c.serial
        from codes c
       where c.digest in (select digest from asked) and c.revoked_at is null and c.held + c.spent < c.uses
       order by c.digest
         for update
    ),
    open as (
      select free.*, asked.id, asked.token, b.paths, b.label, ${at}::timestamptz as at,
             ${at}::timestamptz + b.hold_seconds * interval '1 second' as finish_by
        from free join asked using (digest) join code_batches b on b.id = free.batch_id
       where b.revoked_at is null and (b.redeem_until is null or b.redeem_until > ${at})
    ),
    taken as (
      -- the card is in somebody's hands: nobody may print it again
      update codes c set held = held + 1, sealed = null from open where c.digest = open.digest
    ),
    redeemed as (
      insert into redemptions (id, code_digest, created_at, finish_by, token_id)
      select id, digest, at, finish_by, token from open
    ),
    issued as (
      insert into tokens (id, paths, created_at, expires_at, finish_by, max_copies, label, metadata, issued_by)
      select token, paths, at, finish_by, finish_by, 1, label,
             jsonb_build_object('batch', batch_id, 'serial', serial), 'codes'
        from open
    )
    select token from open`;
  const tokens = new Set(taken.map(({ token }) => token));
  return asked.map(({ token, secret }) => (tokens.has(token) ? { kind: 'taken', secret } : undefined));
}

/**
 * Whether this redemption belongs to the code with this digest and is not over. Whoever comes back to it takes no second
 * use, even if some of its files are downloaded already.
 */
export async function isHeld(sql: Sql, secret: string, digest: Buffer, now: number): Promise<boolean> {
  const held = await orm(sql).$count(
    redemptions,
    and(
      eq(redemptions.id, redemptionId(secret)),
      eq(redemptions.codeDigest, digest),
      ne(redemptions.state, 'released'),
      gt(redemptions.finishBy, new Date(now)),
    ),
  );
  return held === 1;
}

/** Why the code with this digest gives nothing now. */
async function whyNot(sql: Sql, digest: Buffer, now: number): Promise<Refused> {
  const [code] = await orm(sql)
    .select({
      uses: codes.uses,
      held: codes.held,
      revokedAt: expression<Date | null>`coalesce(${codes.revokedAt}, ${codeBatches.revokedAt})`,
      redeemUntil: codeBatches.redeemUntil,
      finishBy: expression<Date | null>`
        (select min(finish_by) from redemptions where code_digest = ${codes.digest} and state = 'held')`,
    })
    .from(codes)
    .innerJoin(codeBatches, eq(codeBatches.id, codes.batchId))
    .where(eq(codes.digest, digest));
  if (!code) return { kind: 'unknown' };
  if (code.revokedAt) return { kind: 'revoked' };
  if (code.redeemUntil && code.redeemUntil.getTime() <= now) return { kind: 'expired', at: code.redeemUntil };
  return {
    kind: 'used_up',
    uses: code.uses,
    held: code.held,
    freeAt: code.finishBy ? freeAgainAt(code.finishBy) : undefined,
  };
}

/** The id under which a redemption is stored: the secret itself is not. */
export function redemptionId(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
