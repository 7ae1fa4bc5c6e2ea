// Tokens in PostgreSQL: inserting (one or a thousand in one statement), finding, revoking.

import { eq, sql as expression, getTableColumns, type SQL } from 'drizzle-orm';
import { makePgArray } from 'drizzle-orm/pg-core';
import type { Sql } from '../../db/connection.ts';
import { builtOnce, orm } from '../../db/orm.ts';
import { tokens as table } from '../../db/schema/service.ts';
import { inTransaction } from '../../db/transaction.ts';
import { revokeTokens, type SpentBy } from '../../denials/denials.ts';
import { isoDate, type NewToken, type Token } from './token.ts';

type Column = {
  name: string;
  type: string;
  make?: (parameter: string) => string;
  of: (token: NewToken) => unknown;
};

const timeOf = (parameter: string) => `to_timestamp(${parameter})`;

// How a token's paths are sent. In PostgreSQL all arrays of an array have the same length: several paths go as text.
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
  of: (token) => makePgArray([...token.paths]),
};

// The other columns: the type they are sent as, how that becomes the column's value, and where it comes from.
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
  // Columns that no token has are left out, and a value that all have is sent once. In a batch, little but the id
  // differs, and each array costs more than the row.
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

// What a limited token has spent stands in the denial that counting its last copy makes.
const ofDenial = (column: SQL) =>
  expression`(select ${column} from denials where kind = 't' and subject = tokens.id and spent_by is not null)`;

/** When a token whose copies or bytes are spent is refused from; null: they are not spent. */
export const spentEndsAt = ofDenial(expression`starts_at`);

const columns = {
  ...getTableColumns(table),
  spentBy: ofDenial(expression`spent_by`) as SQL<SpentBy | null>,
  spentAt: ofDenial(expression`created_at`) as SQL<Date | null>,
  spentEndsAt: spentEndsAt as SQL<Date | null>,
};

/** Selects rows for fromRow; add a condition. */
export const selectTokens = (sql: Sql) => orm(sql).select(columns).from(table);

const tokenById = builtOnce((sql) =>
  selectTokens(sql)
    .where(eq(table.id, expression.placeholder('id')))
    .prepare('token_by_id'),
);

/** The token with this id. */
export async function findToken(sql: Sql, id: string): Promise<Token | undefined> {
  const [row] = await tokenById(sql).execute({ id });
  return row && fromRow(row);
}

/**
 * Revokes a token. The mark in its row, the denial for the edges and the notice to them are one transaction.
 * @returns the token as it is now; one that was revoked before stays as it was
 */
export async function revokeToken(sql: Sql, id: string, reason: string): Promise<Token | undefined> {
  return inTransaction(sql, async (transaction) => {
    const [row] = await orm(transaction)
      .update(table)
      .set({
        revokedAt: expression`coalesce(revoked_at, now())`,
        revokeReason: expression`coalesce(revoke_reason, ${reason})`,
      })
      .where(eq(table.id, id))
      .returning(columns);
    if (!row) return undefined;
    await revokeTokens(transaction, [row.id]);
    return fromRow(row);
  });
}

type Row = Awaited<ReturnType<typeof selectTokens>>[number];

export function fromRow(row: Row): Token {
  return {
    id: row.id,
    paths: row.paths,
    createdAt: row.createdAt,
    expires: seconds(row.expiresAt),
    finishBy: optionalSeconds(row.finishBy),
    notBefore: optionalSeconds(row.notBefore),
    maxCopies: row.maxCopies ?? undefined,
    enforce: row.enforce,
    rate: row.rate ?? undefined,
    filename: row.filename ?? undefined,
    address: row.address ?? undefined,
    prefix: row.prefix ?? undefined,
    form: row.form,
    label: row.label,
    customer: row.customer,
    metadata: row.metadata ?? undefined,
    issuedBy: row.issuedBy,
    revokedAt: row.revokedAt ?? undefined,
    spent:
      row.spentBy && row.spentAt && row.spentEndsAt
        ? { by: row.spentBy, at: row.spentAt, endsAt: row.spentEndsAt }
        : undefined,
  };
}

// Links carry whole seconds; what is in the table may be finer.
const seconds = (date: Date) => Math.floor(date.getTime() / 1000);
const optionalSeconds = (date: Date | null) => (date === null ? undefined : seconds(date));
