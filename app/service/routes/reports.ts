// /reports: every report, as JSON page by page, and as CSV whole and streamed.

import { Readable } from 'node:stream';
import { createRoute, z } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { accepts } from 'hono/accepts';
import { etag } from 'hono/etag';
import { errorCode } from '../../db/connection.ts';
import { csvHead, csvRows } from '../../reports/csv.ts';
import { reports } from '../../reports/index.ts';
import { isPosition, ordersOf, type Position, readAll, readPage } from '../../reports/read.ts';
import type { ColumnKind, Report } from '../../reports/report.ts';
import type { Authenticator } from '../http/authenticate.ts';
import type { Deps, Env } from '../http/context.ts';
import { decodeCursor, encodeCursor } from '../http/cursor.ts';
import { Problem } from '../http/problem.ts';
import { bearer, json, problems } from '../http/responses.ts';
import { newRouter, type Router } from '../http/router.ts';

export function reportRoutes(deps: Deps, authenticate: Authenticator): Router {
  const router = newRouter();
  const list = createRoute({
    method: 'get',
    path: '/reports',
    tags: ['reports'],
    summary: 'The reports there are',
    security: bearer,
    middleware: [authenticate('read')] as const,
    responses: { 200: json(listAnswer, 'Names, columns and orders'), ...problems() },
  });
  router.openapi(list, (c) => c.json({ reports: reports.map(describe) }, 200));
  for (const report of reports) addReport(router, report, deps, authenticate);
  return router;
}

const listAnswer = z.object({
  reports: z.array(
    z.object({
      name: z.string(),
      title: z.string(),
      summary: z.string(),
      columns: z.array(z.object({ name: z.string(), kind: z.string(), title: z.string() })),
      orders: z.array(z.string()),
    }),
  ),
});

function describe(report: Report) {
  const columns = report.columns.map(({ name, kind, title }) => ({ name, kind, title }));
  const { name, title, summary } = report;
  return { name, title, summary, columns, orders: ordersOf(report) };
}

function addReport(router: Router, report: Report, deps: Deps, authenticate: Authenticator): void {
  const order = { sort: z.enum(ordersOf(report) as [string, ...string[]]).default(report.order) };
  const paged = {
    ...order,
    limit: z.coerce.number().int().min(1).max(1000).default(100),
    cursor: z.string().max(16_384).optional().openapi({ description: '"next" of the previous page.' }),
  };
  const shared = { method: 'get' as const, tags: ['reports'], security: bearer };
  const lines = {
    description: 'All rows, after a line with the names of the columns',
    content: { 'text/csv': { schema: z.string() } },
  };

  const pages = createRoute({
    ...shared,
    path: `/reports/${report.name}`,
    summary: report.summary,
    description: 'With "Accept: text/csv": all rows as CSV, as from this URL with ".csv" added.',
    middleware: [authenticate('read'), freshness, taggedJson] as const,
    request: { query: report.params.extend(paged).strict() },
    responses: { 200: json(answerOf(report), 'One page of rows'), ...problems('malformed') },
  });
  router.openapi(pages, async (c) => {
    const { sort, limit, cursor, ...params } = c.req.valid('query') as Record<string, unknown> & Page;
    if (wantsCsv(c)) return csvAnswer(c, deps, report, params, sort) as never;
    const after = cursor === undefined ? undefined : positionOf(report, cursor, sort);
    const page = await readPage(
      deps.sql,
      report,
      params,
      { order: sort, limit, after },
      new Date(deps.now()),
    ).catch(refuse);
    return c.json(
      { rows: page.rows, ...(page.next && { next: encodeCursor([sort, ...page.next]) }) } as never,
      200,
    );
  });

  const whole = createRoute({
    ...shared,
    path: `/reports/${report.name}.csv`,
    summary: `${report.summary}, as CSV`,
    middleware: [authenticate('read')] as const,
    request: { query: report.params.extend(order).strict() },
    responses: { 200: lines, ...problems('malformed') },
  });
  router.openapi(whole, (c) => {
    const { sort, ...params } = c.req.valid('query') as Record<string, unknown> & { sort: string };
    return csvAnswer(c, deps, report, params, sort) as never;
  });
}

type Page = { sort: string; limit: number; cursor?: string | undefined };

/** The answer with all rows of a report. The first rows are read before it begins, so that an error still has its status. */
export async function csvAnswer(
  c: Context<Env>,
  deps: Deps,
  report: Report,
  params: Record<string, unknown>,
  order: string,
): Promise<Response> {
  const rows = readAll(deps.sql, report, params, order, new Date(deps.now()));
  const first = await rows.next().catch(refuse);
  const encoder = new TextEncoder();
  async function* chunks() {
    yield encoder.encode(csvHead(report));
    if (first.done) return;
    yield encoder.encode(csvRows(report, first.value));
    for await (const page of rows) yield encoder.encode(csvRows(report, page));
  }
  return c.body(Readable.toWeb(Readable.from(chunks())) as ReadableStream, 200, {
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': `attachment; filename="tallygate-${report.name}.csv"`,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
}

// Counts change with every download, so a client has to ask each time. If nothing changed, the answer is a few bytes.
const freshness: MiddlewareHandler<Env> = async (c, next) => {
  await next();
  if (!wantsCsv(c)) c.header('cache-control', 'private, no-cache');
  c.header('vary', 'accept');
};

const wantsCsv = (c: Context<Env>) =>
  accepts(c, {
    header: 'Accept',
    supports: ['application/json', 'text/csv'],
    default: 'application/json',
  }) === 'text/csv';

// Not for CSV: it is sent while it is read, and an entity tag would need all of it first.
const tagged = etag();
const taggedJson: MiddlewareHandler<Env> = (c, next) => (wantsCsv(c) ? next() : tagged(c, next));

function positionOf(report: Report, cursor: string, sort: string): Position {
  const extra = report.key.filter((name) => name !== sort.replace(/^-/, '')).length;
  const [order, ...position] = decodeCursor(cursor, 2 + extra) as [string, ...string[]];
  if (order !== sort)
    throw new Problem('malformed', 'cursor: belongs to a list in another order: use it with the same "sort"');
  if (!isPosition(report, sort, position))
    throw new Problem(
      'malformed',
      'cursor: is not one of this list: send "next" of the previous page unchanged',
    );
  return position;
}

/** Turns PostgreSQL's refusal of a value that looked right, such as a zone that only Node.js knows, into a problem. */
export function refuse(error: unknown): never {
  if (/^22|^42883/.test(errorCode(error))) {
    throw new Problem(
      'malformed',
      'PostgreSQL refuses the value of a parameter. Check the days, the time zone and the pattern.',
      { cause: error },
    );
  }
  throw error;
}

const valueSchemas: Record<ColumnKind, z.ZodType> = {
  text: z.string(),
  count: z.number(),
  bytes: z.number(),
  rate: z.number(),
  seconds: z.number(),
  time: z.iso.datetime(),
  day: z.iso.date(),
  flag: z.boolean(),
  visitor: z.string(),
  list: z.array(z.string()),
};

function answerOf(report: Report) {
  const columns = report.columns.map(({ name, kind, title }) => [
    name,
    (valueSchemas[kind] as z.ZodString).nullable().openapi({ description: title }),
  ]);
  return z.object({ rows: z.array(z.object(Object.fromEntries(columns))), next: z.string().optional() });
}
