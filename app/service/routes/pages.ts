// /tallygate/reports: the private pages. Here is who may see a page and which parameters it takes; pages/operator has
// what it shows.

import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { csrf } from 'hono/csrf';
import { reports } from '../../reports/index.ts';
import { classChoices, day, hours, text, whole, zone } from '../../reports/params.ts';
import { filesReport } from '../../reports/queries/counts.ts';
import { leechesReport } from '../../reports/queries/downloads.ts';
import { foldersReport, releasesReport } from '../../reports/queries/groups.ts';
import { tokensReport } from '../../reports/queries/operation.ts';
import { userAgentsReport } from '../../reports/queries/origins.ts';
import { isPosition, ordersOf, type Position } from '../../reports/read.ts';
import type { Report } from '../../reports/report.ts';
import type { Authenticator } from '../http/authenticate.ts';
import type { Deps, Env } from '../http/context.ts';
import { decodeCursor, encodeCursor } from '../http/cursor.ts';
import { Problem } from '../http/problem.ts';
import { newRouter, type Router } from '../http/router.ts';
import { batchPage, codesPage } from '../pages/operator/codes.tsx';
import { filePage, type SpanName, spans } from '../pages/operator/file.tsx';
import { filesPage } from '../pages/operator/files.tsx';
import { foldersPage, releasesPage } from '../pages/operator/groups.tsx';
import { keysPage } from '../pages/operator/keys.tsx';
import { leechesPage } from '../pages/operator/leeches.tsx';
import { type Measure, measures, monthsPage } from '../pages/operator/months.tsx';
import { overviewPage } from '../pages/operator/overview.tsx';
import { sourcesPage } from '../pages/operator/sources.tsx';
import { tokensPage } from '../pages/operator/tokens.tsx';
import { userAgentsPage } from '../pages/operator/user-agents.tsx';
import { pageHeaders } from '../pages/security.ts';
import { readersOnly } from '../session/guard.ts';
import type { Sessions } from '../session/session.ts';
import { blockVisitorsRoutes } from './block-visitors.ts';
import { liveRoutes } from './live.ts';
import { nameOfFile, viewOf } from './page-view.ts';
import { csvAnswer, refuse } from './reports.ts';
import { printCodesRoutes } from './reprint.ts';
import { revokeCodesRoutes } from './revoke-codes.ts';

type Parsed<S extends z.ZodRawShape> = z.output<z.ZodObject<S>>;

const page = z.coerce.number().int().min(1).max(100_000).default(1);
const cursor = text(16_384).optional();
const orders = (report: Report) => z.enum(ordersOf(report) as [string, ...string[]]).default(report.order);
const names = <T extends object>(object: T) => Object.keys(object) as [string, ...string[]];
const month = z.string().regex(/^20\d\d-(?:0[1-9]|1[0-2])$/);

const filesShape = {
  first: day.optional(),
  last: day.optional(),
  prefix: text(4096).optional(),
  class: z.enum(classChoices).default('counted'),
};

export function pagesRoutes(deps: Deps, authenticate: Authenticator, sessions: Sessions): Router {
  const router = newRouter();
  router.use(pageHeaders(), readersOnly(deps, sessions, authenticate), csrf({ origin: deps.origin }));
  router.use(async (c, next) => {
    await next();
    c.header('cache-control', 'no-store');
  });

  router.get('/', async (c) => c.html(await overviewPage(viewOf(c, deps))));
  router.get('/months', async (c) => {
    const params = parse(c, {
      measure: z.enum(names(measures)).default('downloads'),
      page,
      last: month.optional(),
    });
    return c.html(await monthsPage(viewOf(c, deps), { ...params, measure: params.measure as Measure }));
  });
  router.get('/files', async (c) => {
    const { sort, cursor: from, ...params } = parse(c, { ...filesShape, sort: orders(filesReport), cursor });
    const after = from === undefined ? undefined : positionOf(filesReport, sort, from);
    return c.html(await filesPage(viewOf(c, deps), params, { order: sort, limit: 50, after }, encodeCursor));
  });
  router.get('/folders', async (c) => {
    const shape = { ...filesShape, depth: whole(1, 32).default(1) };
    const { sort, cursor: from, ...params } = parse(c, { ...shape, sort: orders(foldersReport), cursor });
    const after = from === undefined ? undefined : positionOf(foldersReport, sort, from);
    return c.html(
      await foldersPage(viewOf(c, deps), params, { order: sort, limit: 50, after }, encodeCursor),
    );
  });
  router.get('/releases', async (c) => {
    const shape = { ...filesShape, name: text(40) };
    const { sort, cursor: from, ...params } = parse(c, { ...shape, sort: orders(releasesReport), cursor });
    const after = from === undefined ? undefined : positionOf(releasesReport, sort, from);
    const page = { order: sort, limit: 50, after };
    const content = await releasesPage(viewOf(c, deps), params, page, encodeCursor).catch(refuse);
    return found(c, content, 'pattern of releases');
  });
  router.get('/file', async (c) => {
    const shape = { host: text(255), path: text(8192), span: z.enum(names(spans)).default('days') };
    const params = parse(c, shape, await nameIn(c, deps));
    return found(c, await filePage(viewOf(c, deps), { ...params, span: params.span as SpanName }), 'file');
  });
  router.get('/tokens', async (c) => {
    const shape = { label: text(255).optional(), customer: text(255).optional(), token: text(32).optional() };
    const { cursor: from, ...params } = parse(c, { ...shape, cursor });
    const after = from === undefined ? undefined : positionOf(tokensReport, tokensReport.order, from);
    return c.html(await tokensPage(viewOf(c, deps), params, after, encodeCursor));
  });
  router.get('/codes', async (c) => {
    const { batch, page: number } = parse(c, { batch: text(64).optional(), page });
    if (batch === undefined) return c.html(await codesPage(viewOf(c, deps)));
    return found(c, await batchPage(viewOf(c, deps), batch, number), 'batch of codes');
  });
  router.get('/leeches', async (c) => {
    const shape = {
      hours: hours.default(24),
      min_requests: z.coerce.number().int().min(1).max(1e9).default(100),
    };
    const {
      done,
      cursor: from,
      ...params
    } = parse(c, {
      ...shape,
      sort: orders(leechesReport),
      cursor,
      done: z.enum(['block', 'unblock']).optional(),
    });
    const after = from === undefined ? undefined : positionOf(leechesReport, params.sort, from);
    return c.html(await leechesPage(viewOf(c, deps), params, after, encodeCursor, done && told[done]));
  });
  router.get('/agents', async (c) => {
    const shape = { first: day.optional(), last: day.optional(), class: z.enum(classChoices).default('all') };
    const { sort, cursor: from, ...params } = parse(c, { ...shape, sort: orders(userAgentsReport), cursor });
    const after = from === undefined ? undefined : positionOf(userAgentsReport, sort, from);
    return c.html(await userAgentsPage(viewOf(c, deps), params, { order: sort, after }, encodeCursor));
  });
  router.get('/sources', async (c) => c.html(await sourcesPage(viewOf(c, deps))));
  router.get('/keys', async (c) => {
    const rings = await deps.keyRings().catch(() => undefined);
    return c.html(await keysPage(viewOf(c, deps), rings));
  });
  for (const report of reports) {
    router.get(`/csv/${report.name}.csv`, async (c) => {
      const shape = { ...report.params.shape, sort: orders(report) };
      const { sort, ...params } = parse(c, shape, await nameIn(c, deps)) as { sort: string };
      return csvAnswer(c, deps, report, params, sort);
    });
  }
  router.route('/', blockVisitorsRoutes(deps));
  router.route('/', revokeCodesRoutes(deps));
  router.route('/', printCodesRoutes(deps));
  router.route('/', liveRoutes(deps));
  return router;
}

const told = {
  block: 'Blocked. Every edge refuses this visitor within two seconds.',
  unblock: 'Unblocked. Every edge lets this visitor in again within two seconds.',
};

/** Host and path of the file that a URL names by its id. page-view.ts makes such URLs where the path is long. */
async function nameIn(c: Context<Env>, deps: Deps): Promise<{ host: string; path: string } | undefined> {
  const file = c.req.query('file');
  return file === undefined ? undefined : nameOfFile(deps.sql, file);
}

/**
 * The parameters of a page. A form sends its empty fields too, and they count as not given. Every page takes `zone`.
 * @param name the file that `file` stands for
 */
function parse<S extends z.ZodRawShape>(
  c: Context<Env>,
  shape: S,
  name?: { host: string; path: string },
): Parsed<S> {
  const given = Object.entries(c.req.query()).filter(
    ([key, value]) => value !== '' && !(key === 'file' && name !== undefined),
  );
  const result = z
    .strictObject({ zone: zone.optional(), ...shape })
    .safeParse({ ...Object.fromEntries(given), ...name });
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new Problem('malformed', `${issue?.path.join('.') || 'The URL'}: ${issue?.message}`);
  }
  const values = result.data as Record<string, unknown>;
  if (!('zone' in shape)) delete values.zone;
  return values as Parsed<S>;
}

function positionOf(report: Report, order: string, text: string): Position {
  const extra = report.key.filter((name) => name !== order.replace(/^-/, '')).length;
  const position = decodeCursor(text, 1 + extra);
  if (!isPosition(report, order, position))
    throw new Problem('malformed', 'cursor: is not one of this list: begin on its first page');
  return position;
}

function found(c: Context<Env>, content: Parameters<Context['html']>[0] | undefined, what: string) {
  if (content === undefined) throw new Problem('not_found', `There is no such ${what}.`);
  return c.html(content);
}
