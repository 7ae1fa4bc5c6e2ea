// The pages as plain HTML files, for sites that run no service. Cron writes them; NGINX serves them, or one opens them
// from disk. The public list and the private pages go to separate folders, so that publishing the one cannot publish
// the other by accident.

import path from 'node:path';
import type { Config } from '../config/load.ts';
import type { Sql } from '../db/connection.ts';
import { readList, sortList } from '../public/list.ts';
import { filesReport } from '../reports/queries/counts.ts';
import { userAgentsReport } from '../reports/queries/origins.ts';
import type { Position } from '../reports/read.ts';
import { assets } from '../service/pages/assets.ts';
import { batchPage, codesPage } from '../service/pages/operator/codes.tsx';
import { filePage } from '../service/pages/operator/file.tsx';
import { filesPage } from '../service/pages/operator/files.tsx';
import { keysPage } from '../service/pages/operator/keys.tsx';
import { leechesPage } from '../service/pages/operator/leeches.tsx';
import { type Measure, monthsPage } from '../service/pages/operator/months.tsx';
import { overviewPage } from '../service/pages/operator/overview.tsx';
import { sourcesPage } from '../service/pages/operator/sources.tsx';
import { tokensPage } from '../service/pages/operator/tokens.tsx';
import { userAgentsPage } from '../service/pages/operator/user-agents.tsx';
import type { Place, Query, View } from '../service/pages/operator/view.tsx';
import { publicPage } from '../service/pages/public.tsx';
import { exportedLeeches, fileOf } from './file-names.ts';
import { ExportFolder } from './folder.ts';

type Progress = (written: number, of: number) => void;

const perPage = 200;
const used = assets.filter(({ name }) => !name.endsWith('.js'));
const assetPaths = {
  style: used.find(({ name }) => name.endsWith('.css'))?.name ?? '',
  icon: used.find(({ name }) => name.endsWith('.svg'))?.name ?? '',
};

/**
 * Writes `DIR/private` and, if there are public folders, `DIR/public`. Removes what an earlier export wrote there and
 * this one did not. Everybody may read the public pages, only the owner and the group the private ones.
 * @returns how many pages each has
 * @throws UserError when a folder cannot be written
 */
export async function exportPages(
  sql: Sql,
  config: Config,
  dir: string,
  progress: Progress = () => {},
): Promise<{ private: number; public: number }> {
  const folder = new ExportFolder(path.join(dir, 'private'), 0o640);
  await folder.prepare(0o750);
  await exportPrivate(sql, config, folder, progress);
  const open = new ExportFolder(path.join(dir, 'public'), 0o644);
  // If nothing is public any more, remove what once was.
  if (config.public.folders.length === 0) await open.finish();
  else await exportPublic(sql, config, open);
  return { private: folder.pages, public: open.pages };
}

async function exportPublic(sql: Sql, config: Config, folder: ExportFolder): Promise<void> {
  await folder.prepare(0o755);
  await writeAssets(folder);
  const files = sortList(await readList(sql, config.public), 'name');
  const pages = Math.max(1, Math.ceil(files.length / perPage));
  for (let at = 1; at <= pages; at++) {
    const props = { title: config.public.title, order: 'name', pages, at, assets: assetPaths } as const;
    const shown = files.slice((at - 1) * perPage, at * perPage);
    // Other orders have no file. Other pages have one each.
    const href = (order: string, page: number) =>
      order === 'name' && page !== at ? numbered(page) : undefined;
    const content = publicPage({ ...props, files: shown, href, site: config.origin ?? '' });
    await folder.write(numbered(at), String(await content));
  }
  await folder.finish();
}

const numbered = (at: number) => (at === 1 ? 'index.html' : `index-${at}.html`);

type Wanted = { name: string; place: Place; query: Query };

/** Writes the overview and every page that a written page links to, so that no link leads nowhere. */
async function exportPrivate(
  sql: Sql,
  config: Config,
  folder: ExportFolder,
  progress: Progress,
): Promise<void> {
  await writeAssets(folder);
  const known = new Set<string>();
  const wanted: Wanted[] = [];
  const href = (place: Place, query: Query = {}) => {
    const name = fileOf(place, query);
    if (name !== undefined && !known.has(name)) {
      known.add(name);
      wanted.push({ name, place, query });
    }
    return name;
  };
  const zone = config.reports.zone;
  const view: View = {
    sql,
    now: new Date(),
    zone,
    releases: config.reports.releases,
    may: { deny: false, choose: false },
    assets: assetPaths,
    href,
  };
  href('overview');
  let written = 0;
  for (let next = wanted.shift(); next !== undefined; next = wanted.shift()) {
    const content = await render(view, next.place, next.query);
    // If it has gone since it was linked to, the overview stands in, so that the link leads somewhere.
    await folder.write(next.name, String(content ?? (await overviewPage(view))));
    progress(++written, written + wanted.length);
  }
  await folder.finish();
}

/** A page by its place and parameters; undefined if what it shows is gone. */
async function render(view: View, place: Place, query: Query) {
  const text = (name: string) => (query[name] === undefined ? undefined : String(query[name]));
  const page = Number(query.page ?? 1);
  const after = query.cursor === undefined ? undefined : (JSON.parse(String(query.cursor)) as Position);
  const nextCursor = (position: Position) => JSON.stringify(position);
  if (place === 'file')
    return filePage(view, { host: text('host') ?? '', path: text('path') ?? '', span: 'days' });
  if (place === 'months') {
    const measure = (text('measure') ?? 'downloads') as Measure;
    return monthsPage(view, { measure, page, last: text('last') });
  }
  if (place === 'files') {
    const list = { order: filesReport.order, limit: perPage, after };
    return filesPage(view, { class: 'counted' }, list, nextCursor);
  }
  if (place === 'tokens') return tokensPage(view, {}, after, nextCursor);
  if (place === 'codes')
    return query.batch === undefined ? codesPage(view) : batchPage(view, String(query.batch), page);
  if (place === 'leeches') return leechesPage(view, exportedLeeches, after, nextCursor);
  if (place === 'agents')
    return userAgentsPage(view, { class: text('class') ?? 'all' }, { order: userAgentsReport.order });
  if (place === 'sources') return sourcesPage(view);
  return place === 'keys' ? keysPage(view, undefined) : overviewPage(view);
}

async function writeAssets(folder: ExportFolder): Promise<void> {
  for (const { name, text } of used) await folder.write(name, text);
}
