// Tokens in PostgreSQL: inserting (one or a thousand in one statement), finding and revoking.

import type { Sql } from '../../db/connection.ts';
import { inTransaction } from '../../db/transaction.ts';
import type { LinkForm } from '../../link/sign.ts';
import { isoDate, type NewToken, type Token } from './token.ts';

type Column = {
  name: string;
  type: string;
  make?: (parameter: string) => string;
  of: (token: NewToken) => unknown;
};

const timeOf = (parameter: string) => `to_timestamp(${parameter})`;

// How a token's paths are sent. An array of arrays would have to be a matrix: several go as the text of an array.
const onePath: Column = {
  name: 'paths',
  type: 'text',
  make: (p) => `array[${p}]`,
  of: (token) => token.paths[0],
};
const severalPaths: Column = {
  name: 'paths',
  type: 'text',
  make: (p) => `${p}::text[]`,
  of: (token) => arrayText(token.paths),
};

// The other columns with the type of their array, how an element becomes the column's value, and where it comes from.
const required: readonly Column[] = [
  { name: 'created_at', type: 'timestamptz', of: (token) => isoDate(token.createdAt) },
  { name: 'expires_at', type: 'bigint', make: timeOf, of: (token) => token.expires },
  { name: 'label', type: 'text', of: (token) => token.label },
  { name: 'customer', type: 'text', of: (token) => token.customer },
  { name: 'issued_by', type: 'text', of: (token) => token.issuedBy },
  { name: 'enforce', type: 'text', of: (token) => token.enforce },
  { name: 'form', type: 'text', of: (token) => token.form },
];
const optional: readonly Column[] = [
  { name: 'finish_by', type: 'bigint', make: timeOf, of: (token) => token.finishBy },
  { name: 'not_before', type: 'bigint', make: timeOf, of: (token) => token.notBefore },
  { name: 'max_copies', type: 'integer', of: (token) => token.maxCopies },
  { name: 'rate', type: 'integer', of: (token) => token.rate },
  { name: 'filename', type: 'text', of: (token) => token.filename },
  { name: 'address', type: 'text', of: (token) => token.address },
  { name: 'prefix', type: 'integer', of: (token) => token.prefix },
  {
    name: 'metadata',
    type: 'text',
    make: (p) => `${p}::jsonb`,
    of: (token) => token.metadata && JSON.stringify(token.metadata),
  },
];

/** Inserts tokens in one statement; all or none. */
export async function insertTokens(sql: Sql, tokens: readonly NewToken[]): Promise<void> {
  const ids = tokens.map(({ id }) => id);
  // Only the columns that some token has; and what all have in common is sent once. Of the tokens of a batch little
  // but the id differs, and each array costs more than the row.
  const columns = [
    tokens.every(({ paths }) => paths.length === 1) ? onePath : severalPaths,
    ...required,
    ...optional.filter(({ of }) => tokens.some((token) => of(token) !== undefined)),
  ];
  const parameters = columns.map(({ of }) => {
    const first = of(tokens[0] as NewToken);
    return tokens.every((token) => of(token) === first) ? first : tokens.map((token) => of(token) ?? null);
  });
  // $1 is the ids.
  const arrays = columns
    .map(({ type }, index) => ({ type, n: index + 2 }))
    .filter((_, index) => Array.isArray(parameters[index]));
  const value = ({ type, make = String }: Column, index: number) =>
    make(Array.isArray(parameters[index]) ? `c${index + 2}` : `$${index + 2}::${type}`);
  await sql.unsafe(
    `insert into tokens (id, ${columns.map(({ name }) => name).join(', ')})
     select id, ${columns.map(value).join(', ')}
       from unnest($1::text[]${arrays.map(({ type, n }) => `, $${n}::${type}[]`).join('')})
            as t (id${arrays.map(({ n }) => `, c${n}`).join('')})`,
    [ids, ...parameters] as never[],
    { prepare: true },
  );
}

/** An array as PostgreSQL writes it. */
function arrayText(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}

/** The token with this id. */
export async function findToken(sql: Sql, id: string): Promise<Token | undefined> {
  const [row] = await sql<Row[]>`select ${columns(sql)} from tokens where id = ${id}`;
  return row && fromRow(row);
}

/**
 * Revokes a token. One transaction marks the row, adds the denial, and notifies the agents.
 * @returns the token as it is now; a token that was revoked before stays as it was
 */
export async function revokeToken(sql: Sql, id: string, reason: string): Promise<Token | undefined> {
  return inTransaction(sql, async (transaction) => {
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

/** Makes every edge refuse these tokens from now on. Call it inside a transaction. */
export async function deny(sql: Sql, ids: readonly string[], reason: string): Promise<void> {
  // No link works after its finish-by (or expiry), so the denial may be forgotten then.
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
  prefix: number | null;
  form: LinkForm;
  label: string;
  customer: string;
  metadata: Record<string, unknown> | null;
  issued_by: string;
  revoked_at: Date | null;
  exhausted_at: Date | null;
};

export const columns = (sql: Sql) => sql`
  id, paths, created_at, expires_at, finish_by, not_before, max_copies, enforce, rate, filename, address, prefix, form,
  label, customer, metadata, issued_by, revoked_at, ${exhausted(sql)} as exhausted_at`;

/** When the token's copies were spent: counting the last copy added the denial. Null before. */
export const exhausted = (sql: Sql) => sql`
  (select created_at from denials where kind = 't' and subject = tokens.id and reason = 'exhausted')`;

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
    prefix: row.prefix ?? undefined,
    form: row.form,
    label: row.label,
    customer: row.customer,
    metadata: row.metadata ?? undefined,
    issuedBy: row.issued_by,
    revokedAt: row.revoked_at ?? undefined,
    exhaustedAt: row.exhausted_at ?? undefined,
  };
}

// Links carry whole seconds, even if the row has fractions.
const seconds = (date: Date) => Math.floor(date.getTime() / 1000);
const optionalSeconds = (date: Date | null) => (date === null ? undefined : seconds(date));
