// Tokens in PostgreSQL: inserting (one or a thousand, one statement), finding, revoking.

import type { Sql } from '../../db/connection.ts';
import type { NewToken, Token } from './token.ts';

/** Inserts tokens in one statement; all or none. */
export async function insertTokens(sql: Sql, tokens: readonly NewToken[]): Promise<void> {
  // One JSON parameter: its size has no limit that a batch could reach, and the plan is the same for any number.
  await sql`
    insert into tokens (id, paths, expires_at, finish_by, not_before, max_copies, enforce, rate, filename, address,
                        label, customer, metadata, issued_by)
    select id, paths, to_timestamp(expires), to_timestamp(finish_by), to_timestamp(not_before), max_copies, enforce,
           rate, filename, address, label, customer, metadata, issued_by
      from json_to_recordset(${JSON.stringify(tokens.map(toRow))}::text::json) as t (
           id text, paths text[], expires bigint, finish_by bigint, not_before bigint, max_copies integer,
           enforce text, rate integer, filename text, address text, label text, customer text, metadata jsonb,
           issued_by text)`;
}

/** The token with this id. */
export async function findToken(sql: Sql, id: string): Promise<Token | undefined> {
  const [row] = await sql<Row[]>`select ${columns(sql)} from tokens where id = ${id}`;
  return row && fromRow(row);
}

/**
 * Revokes a token: the row, the denial that every edge learns of, and the notice, in one transaction.
 * @returns the token as it is now; a token revoked before stays as it was
 */
export async function revokeToken(sql: Sql, id: string, reason: string): Promise<Token | undefined> {
  return sql.begin(async (transaction) => {
    const [row] = await transaction<Row[]>`
      update tokens
         set revoked_at = coalesce(revoked_at, now()), revoke_reason = coalesce(revoke_reason, ${reason})
       where id = ${id}
      returning ${columns(transaction as unknown as Sql)}`;
    if (!row) return undefined;
    await deny(transaction as unknown as Sql, [row.id], 'revoked');
    return fromRow(row);
  });
}

/** Tells every edge to refuse these tokens from now on; call it inside a transaction. */
export async function deny(sql: Sql, ids: readonly string[], reason: string): Promise<void> {
  // A link works until its finish-by (or expiry) at the latest: after that the denial may be forgotten.
  await sql`
    insert into denials (kind, subject, reason, until)
    select 't', id, ${reason}, greatest(expires_at, finish_by) + interval '1 hour'
      from tokens where id = any(${ids as string[]})
    on conflict (kind, subject) do nothing`;
  await sql`notify tallygate_denials`;
}

export type Row = {
  id: string;
  paths: string[];
  created_at: Date;
  expires_at: Date;
  finish_by: Date | null;
  not_before: Date | null;
  max_copies: number | null;
  enforce: 'edge' | 'strict';
  rate: number | null;
  filename: string | null;
  address: string | null;
  label: string;
  customer: string;
  metadata: Record<string, unknown> | null;
  issued_by: string;
  revoked_at: Date | null;
  exhausted_at: Date | null;
};

export const columns = (sql: Sql) => sql`
  id, paths, created_at, expires_at, finish_by, not_before, max_copies, enforce, rate, filename, address, label,
  customer, metadata, issued_by, revoked_at, ${exhausted(sql)} as exhausted_at`;

/** When the token's copies were spent: the denial that the counting of its last copy left; null before. */
export const exhausted = (sql: Sql) => sql`
  (select created_at from denials where kind = 't' and subject = tokens.id and reason = 'exhausted')`;

function toRow(token: NewToken) {
  return {
    id: token.id,
    paths: token.paths,
    expires: token.expires,
    finish_by: token.finishBy,
    not_before: token.notBefore,
    max_copies: token.maxCopies,
    enforce: token.enforce,
    rate: token.rate,
    filename: token.filename,
    address: token.address,
    label: token.label,
    customer: token.customer,
    metadata: token.metadata,
    issued_by: token.issuedBy,
  };
}

export function fromRow(row: Row): Token {
  return {
    id: row.id,
    paths: row.paths,
    createdAt: row.created_at,
    expires: seconds(row.expires_at),
    finishBy: optionalSeconds(row.finish_by),
    notBefore: optionalSeconds(row.not_before),
    maxCopies: row.max_copies ?? undefined,
    enforce: row.enforce,
    rate: row.rate ?? undefined,
    filename: row.filename ?? undefined,
    address: row.address ?? undefined,
    label: row.label,
    customer: row.customer,
    metadata: row.metadata ?? undefined,
    issuedBy: row.issued_by,
    revokedAt: row.revoked_at ?? undefined,
    exhaustedAt: row.exhausted_at ?? undefined,
  };
}

// Links carry whole seconds, whatever someone wrote into the table.
const seconds = (date: Date) => Math.floor(date.getTime() / 1000);
const optionalSeconds = (date: Date | null) => (date === null ? undefined : seconds(date));
