// One page of tokens, newest first. Ids sort by creation, so the next page begins at the last id of this one, however
// many were issued meanwhile.

import { and, desc, eq, sql as expression, gt, isNotNull, isNull, lt, lte, or, type SQL } from 'drizzle-orm';
import { makePgArray } from 'drizzle-orm/pg-core';
import type { Sql } from '../../db/connection.ts';
import { builtOnce } from '../../db/orm.ts';
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

type Page = { tokens: Token[]; next: string | undefined };

export async function listTokens(sql: Sql, query: TokensQuery): Promise<Page> {
  const { limit, path, now } = query;
  const rows = await pageFor(sql, query).execute({
    ...query,
    limit: limit + 1,
    paths: path === undefined ? undefined : makePgArray([path]),
    now: new Date(now).toISOString(),
    // NGINX itself accepts the second of the expiry.
    lastExpired: new Date(now - 1000).toISOString(),
  });
  const page = rows.slice(0, limit);
  return { tokens: page.map(fromRow), next: rows.length > limit ? page.at(-1)?.id : undefined };
}

const filters = ['before', 'label', 'customer', 'path', 'issuedBy'] as const;
type Filter = (typeof filters)[number];
const param = expression.placeholder;

/** The query for the filters that are given. Its text is built once: to build it takes as long as to run it. */
function pageFor(sql: Sql, query: TokensQuery) {
  const given = filters.filter((filter) => query[filter] !== undefined);
  const key = `${given.join()} ${query.status}`;
  const pages = knownPages(sql);
  const page = pages.get(key) ?? buildPage(sql, given, query.status);
  pages.set(key, page);
  return page;
}

const knownPages = builtOnce(() => new Map<string, ReturnType<typeof buildPage>>());

function buildPage(sql: Sql, given: readonly Filter[], status: TokensQuery['status']) {
  const conditions: Readonly<Record<Filter, SQL | undefined>> = {
    before: lt(tokens.id, param('before')),
    label: isExactly(tokens.label, 'label'),
    customer: isExactly(tokens.customer, 'customer'),
    path: expression`${tokens.paths} @> ${param('paths')}`,
    issuedBy: eq(tokens.issuedBy, param('issuedBy')),
  };
  return selectTokens(sql)
    .where(and(...given.map((filter) => conditions[filter]), statusIs(status)))
    .orderBy(desc(tokens.id))
    .limit(param('limit'))
    .prepare('tokens_page');
}

// The indexes leave out empty texts. PostgreSQL must see that in the query's own text, as it plans before it has the
// parameters.
const isExactly = (column: typeof tokens.label | typeof tokens.customer, name: Filter) =>
  and(eq(column, param(name)), expression`${column} <> ''`);

// The same order of precedence as statusOf.
function statusIs(status: TokensQuery['status']): SQL | undefined {
  const unrevoked = isNull(tokens.revokedAt);
  const moment = expression`${param('now')}::timestamptz`;
  const lastExpired = expression`${param('lastExpired')}::timestamptz`;
  const standing = and(unrevoked, or(isNull(spentEndsAt), gt(spentEndsAt, moment)));
  const unexpired = and(standing, gt(tokens.expiresAt, lastExpired));
  if (status === 'revoked') return isNotNull(tokens.revokedAt);
  if (status === 'exhausted') return and(unrevoked, lte(spentEndsAt, moment));
  if (status === 'expired') return and(standing, lte(tokens.expiresAt, lastExpired));
  if (status === 'not_yet') return and(unexpired, gt(tokens.notBefore, moment));
  if (status === 'active') return and(unexpired, or(isNull(tokens.notBefore), lte(tokens.notBefore, moment)));
  return undefined;
}
