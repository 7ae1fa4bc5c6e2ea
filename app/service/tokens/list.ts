// One page of tokens, newest first. Ids sort by creation, so the next page begins after the last id of this one,
// however many tokens were issued meanwhile.

import type { Sql } from '../../db/connection.ts';
import type { statuses } from './schema.ts';
import { columns, exhausted, fromRow, type Row } from './store.ts';
import type { Token } from './token.ts';

export type TokensQuery = {
  limit: number;
  before: string | undefined;
  status?: (typeof statuses)[number] | undefined;
  label?: string | undefined;
  customer?: string | undefined;
  path?: string | undefined;
  /** milliseconds since the epoch */
  now: number;
};

export async function listTokens(
  sql: Sql,
  query: TokensQuery,
): Promise<{ tokens: Token[]; next: string | undefined }> {
  const { limit, before, label, customer, path } = query;
  const rows = await sql<Row[]>`
    select ${columns(sql)} from tokens
     where ${before === undefined ? sql`true` : sql`id < ${before}`}
       and ${label === undefined ? sql`true` : sql`label = ${label} and label <> ''`}
       and ${customer === undefined ? sql`true` : sql`customer = ${customer} and customer <> ''`}
       and ${path === undefined ? sql`true` : sql`paths @> array[${path}]::text[]`}
       and ${statusIs(sql, query)}
     order by id desc
     limit ${limit + 1}`;
  const page = rows.slice(0, limit);
  return { tokens: page.map(fromRow), next: rows.length > limit ? page.at(-1)?.id : undefined };
}

// The same order of precedence as statusOf.
function statusIs(sql: Sql, { status, now }: TokensQuery) {
  const at = sql`to_timestamp(${now / 1000})`;
  const expired = sql`expires_at + interval '1 second' <= ${at}`;
  const early = sql`coalesce(not_before > ${at}, false)`;
  const standing = sql`revoked_at is null and ${exhausted(sql)} is null`;
  if (status === 'revoked') return sql`revoked_at is not null`;
  if (status === 'exhausted') return sql`revoked_at is null and ${exhausted(sql)} is not null`;
  if (status === 'expired') return sql`${standing} and ${expired}`;
  if (status === 'not_yet') return sql`${standing} and not ${expired} and ${early}`;
  if (status === 'active') return sql`${standing} and not ${expired} and not ${early}`;
  return sql`true`;
}
