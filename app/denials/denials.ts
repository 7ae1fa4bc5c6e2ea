// Who may download no more: the rows of `denials`. Everyone who writes one writes it here, so that all begin and end by the
// same rules. Agents read them into the deny folders (app/agent/deny-folder.ts); `report.denials` shows those that hold now.

import type postgres from 'postgres';
import type { Sql } from '../db/connection.ts';

/** Inside a transaction: the denial is then written together with what it follows from. */
type Transaction = Sql | postgres.TransactionSql;

/** What a token has used up: its copies, or the bytes that it may be sent in all. */
export type SpentBy = 'copies' | 'bytes';

/**
 * When a token's denial may be forgotten: an hour after its link has ended by itself. The hour is for hosts whose clocks
 * differ.
 */
const lifetime = `greatest(expires_at, finish_by) + interval '1 hour'`;

/**
 * Makes every edge refuse these tokens, from `after` seconds on. A token that is denied already is so from the earlier of
 * both moments on, and for the reason of that one. What it has spent stays noted.
 */
export async function denyTokens(
  tx: Transaction,
  ids: readonly string[],
  reason: 'revoked' | 'exhausted',
  { spentBy = null, after = 0 }: { spentBy?: SpentBy | null; after?: number } = {},
): Promise<void> {
  if (ids.length === 0) return;
  await tx`
    insert into denials as d (kind, subject, reason, spent_by, starts_at, until)
    select 't', id, ${reason}, ${spentBy}, now() + make_interval(secs => ${after}), ${tx.unsafe(lifetime)}
      from tokens where id = any(${[...ids]}::text[])
     order by id
    on conflict (kind, subject) do update
      set reason = excluded.reason, spent_by = coalesce(excluded.spent_by, d.spent_by), starts_at = excluded.starts_at
      where excluded.starts_at < d.starts_at`;
  await announce(tx);
}

/**
 * Takes back that tokens are exhausted: what they were charged with was not theirs. One that was revoked stays so. Edges
 * let them in within a minute.
 */
export async function unchargeTokens(tx: Transaction, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx`delete from denials where kind = 't' and reason = 'exhausted' and subject = any(${[...ids]}::text[])`;
}

/** Makes every edge refuse a visitor from now on. A visitor has another name on the next UTC day. */
export async function denyVisitor(
  tx: Transaction,
  visitor: string,
  reason: string,
  until: Date,
): Promise<void> {
  await tx`
    insert into denials (kind, subject, reason, until)
    values ('v', ${visitor}, ${reason}, ${until})
    on conflict (kind, subject) do update set reason = excluded.reason, until = excluded.until,
      created_at = excluded.created_at, starts_at = excluded.starts_at`;
  await announce(tx);
}

/** Lets a visitor in again. The denial ends and stays: an agent that missed the notice sees within a second that it ended. */
export async function letVisitorIn(tx: Transaction, visitor: string): Promise<void> {
  await tx`
    update denials set until = now()
    where kind = 'v' and subject = ${visitor} and (until is null or until > now())`;
  await announce(tx);
}

/**
 * Deletes visitors' denials that ended before a time. A token's stays as long as the token: it says what was spent, and
 * when.
 */
export async function forgetDenials(sql: Sql, before: Date): Promise<void> {
  await sql`delete from denials where kind = 'v' and until < ${before}`;
}

async function announce(tx: Transaction): Promise<void> {
  await tx`notify tallygate_denials`;
}
