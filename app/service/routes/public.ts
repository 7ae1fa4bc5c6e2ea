// /tallygate/: the public list, and badges for the files on it. Both are off (404) until the configuration names a
// public folder. A file that is not on the list has no badge, whether it exists or not.

import type { Context } from 'hono';
import { etag } from 'hono/etag';
import { type ListedFile, type PublicOrder, publicList, publicOrders, sortList } from '../../public/list.ts';
import { formatCount, notKnown } from '../../reports/format.ts';
import type { Deps, Env } from '../http/context.ts';
import { Problem } from '../http/problem.ts';
import { newRouter } from '../http/router.ts';
import { publicPage } from '../pages/public.tsx';
import { pageHeaders } from '../pages/security.ts';

const perPage = 200;
const measures = ['downloads', 'completed', 'copies'] as const;
const badgeForm = new RegExp(`^(${measures.join('|')})\\.(svg|json)$`);

export function publicRoutes(deps: Deps) {
  const router = newRouter();
  const config = deps.config.public;
  const list = publicList(deps.sql, config, deps.now);
  const listed = async (what: string) => {
    if (config.folders.length === 0) throw new Problem('not_found', `There is no ${what}.`);
    return list();
  };

  const show = async (c: Context<Env>) => {
    const files = await listed('public page');
    const { sort = 'name', page = '1', ...rest } = c.req.query();
    if (
      !(publicOrders as readonly string[]).includes(sort) ||
      !/^[1-9]\d{0,5}$/.test(page) ||
      Object.keys(rest).length > 0
    ) {
      throw new Problem('malformed', `sort: one of ${publicOrders.join(', ')}; page: a number from 1 on.`);
    }
    const order = sort as PublicOrder;
    const at = Number(page);
    const shown = sortList(files, order).slice((at - 1) * perPage, at * perPage);
    c.header('cache-control', 'public, max-age=10');
    return c.html(
      publicPage({
        title: config.title,
        files: shown,
        order,
        at,
        pages: Math.ceil(files.length / perPage),
        href: (to, number) => `/tallygate/?${new URLSearchParams({ sort: to, page: String(number) })}`,
      }),
    );
  };
  router.get('/', pageHeaders(), etag(), show);

  router.get('/badges/:badge', etag(), async (c) => {
    const [, measure, form] = badgeForm.exec(c.req.param('badge')) ?? [];
    if (!measure)
      throw new Problem('not_found', `There are badges for ${measures.join(', ')}, as .svg and .json.`);
    const files = await listed('public file');
    const value = sum(files, measure as (typeof measures)[number], c.req.query('path'));
    const label = (c.req.query('label') ?? measure).slice(0, 64).toWellFormed();
    c.header('cache-control', 'public, max-age=300');
    c.header('cross-origin-resource-policy', 'cross-origin');
    c.header('x-content-type-options', 'nosniff');
    const message = value === null ? notKnown : formatCount(value);
    if (form === 'json')
      return c.json({ schemaVersion: 1, label, message, color: '17624f', cacheSeconds: 300 });
    c.header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox");
    // Loaded only when a badge is asked for: its widths of letters take a fifth of an idle service's memory.
    const { makeBadge } = await import('badge-maker');
    return c.body(makeBadge({ label, message, color: '#17624f' }), 200, { 'content-type': 'image/svg+xml' });
  });
  return router;
}

function sum(
  files: readonly ListedFile[],
  measure: (typeof measures)[number],
  path: string | undefined,
): number | null {
  const wanted = path === undefined ? files : files.filter((file) => file.path === path);
  if (path !== undefined && wanted.length === 0)
    throw new Problem('not_found', 'There is no such public file.');
  const known = wanted.map((file) => file[measure]).filter((value) => value !== null);
  return known.length === 0 && wanted.length > 0 ? null : known.reduce((all, value) => all + value, 0);
}
