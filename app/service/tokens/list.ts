// One page of tokens, newest first. Ids sort by creation, so the next page begins at the last id of this one, however
// many were issued meanwhile.

import {
  and,
  arrayContains,
  desc,
  eq,
  sql as expression,
  gt,
  isNotNull,
  isNull,
  lt,
  lte,
  or,
  type SQL,
} from 'drizzle-orm';
import type { Sql } from '../../db/connection.ts';
import { tokens } from '../../db/schema/service.ts';
import type { statuses } from './schema.ts';
import { fromRow, selectTokens, spentEndsAt } from './store.ts';
import type { Token } from './token.ts';

export type TokensQuery = {
  limit: number;
  before: string | undefined;
  status?: (typeof statuses)[number] | undefined;
  label?: string | undefined;
  customer?: string | undefined;
  path?: string | undefined;
  /** only tokens of this API key */
  issuedBy?: string | undefined;
  /** milliseconds since the epoch */
  now: number;
};

export async function listTokens(
  sql: Sql,
  query: TokensQuery,
): Promise<{ tokens: Token[]; next: string | undefined }> {
  const { limit, before, label, customer, path, issuedBy } = query;
  const rows = await selectTokens(sql)
    .where(
      and(
        before === undefined ? undefined : lt(tokens.id, before),
        label === undefined ? undefined : isExactly(tokens.label, label),
        customer === undefined ? undefined : isExactly(tokens.customer, customer),
        path === undefined ? undefined : arrayContains(tokens.paths, [path]),
        issuedBy === undefined ? undefined : eq(tokens.issuedBy, issuedBy),
        statusIs(query),
      ),
    )
    .orderBy(desc(tokens.id))
    .limit(limit + 1);
  const page = rows.slice(0, limit);
  return { tokens: page.map(fromRow), next: rows.length > limit ? page.at(-1)?.id : undefined };
}

// The indexes leave out empty texts. PostgreSQL must see that in the query's own text, as it plans before it has the
// parameters.
const isExactly = (column: typeof tokens.label | typeof tokens.customer, value: string) =>
  and(eq(column, value), expression`${column} <> ''`);

// The same order of precedence as statusOf.
function statusIs({ status, now }: TokensQuery): SQL | undefined {
  const unrevoked = isNull(tokens.revokedAt);
  const moment = expression`${new Date(now).toISOString()}::timestamptz`;
  const standing = and(unrevoked, or(isNull(spentEndsAt), gt(spentEndsAt, moment)));
  // NGINX accepts the second of the expiry itself.
  const lastExpired = new Date(now - 1000);
  const unexpired = and(standing, gt(tokens.expiresAt, lastExpired));
  if (status === 'revoked') return isNotNull(tokens.revokedAt);
  if (status === 'exhausted') return and(unrevoked, lte(spentEndsAt, moment));
  if (status === 'expired') return and(standing, lte(tokens.expiresAt, lastExpired));
  if (status === 'not_yet') return and(unexpired, gt(tokens.notBefore, new Date(now)));
  if (status === 'active')
    return and(unexpired, or(isNull(tokens.notBefore), lte(tokens.notBefore, new Date(now))));
  return undefined;
}
