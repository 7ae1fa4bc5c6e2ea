// The pages as plain HTML files, for sites that run no service: written by cron, served by NGINX or looked at from
// disk. The public list and the private pages go to folders of their own, so that publishing the one cannot
// publish the other by accident.

import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { writeAtomically } from '../atomic-file.ts';
import type { Config } from '../config/load.ts';
import type { Sql } from '../db/connection.ts';
import { readList, sortList } from '../public/list.ts';
import { filesReport } from '../reports/queries/counts.ts';
import { leechesReport } from '../reports/queries/downloads.ts';
import { type Position, readAll } from '../reports/read.ts';
import { assets } from '../service/pages/assets.ts';
import { batchPage, codesPage } from '../service/pages/operator/codes.tsx';
import { filePage } from '../service/pages/operator/file.tsx';
import { filesPage } from '../service/pages/operator/files.tsx';
import { keysPage } from '../service/pages/operator/keys.tsx';
import { leechesPage } from '../service/pages/operator/leeches.tsx';
import { type Measure, measures, monthsPage } from '../service/pages/operator/months.tsx';
import { overviewPage } from '../service/pages/operator/overview.tsx';
import { sourcesPage } from '../service/pages/operator/sources.tsx';
import { tokensPage } from '../service/pages/operator/tokens.tsx';
import type { Place, Query, View } from '../service/pages/operator/view.tsx';
import { publicPage } from '../service/pages/public.tsx';

type Html = { toString(): string } | Promise<{ toString(): string }>;
type Progress = (written: number, of: number) => void;

const perPage = 200;
const assetPaths = {
  style: assets.find(({ name }) => name.endsWith('.css'))?.name ?? '',
  icon: assets.find(({ name }) => name.endsWith('.svg'))?.name ?? '',
};

/**
 * Writes `DIR/private` and, where there are public folders, `DIR/public`. Returns how many pages each has.
 * The public pages may be read by all, the private ones by the owner and the group alone.
 * @throws UserError when a folder cannot be written
 */
export async function exportPages(
  sql: Sql,
  config: Config,
  dir: string,
  progress: Progress = () => {},
): Promise<{ private: number; public: number }> {
  const folder = new Folder(path.join(dir, 'private'), 0o640);
  await folder.prepare(0o750);
  await exportPrivate(sql, config, folder, progress);
  if (config.public.folders.length === 0) return { private: folder.pages, public: 0 };
  const open = new Folder(path.join(dir, 'public'), 0o644);
  await open.prepare(0o755);
  const files = sortList(await readList(sql, config.public), 'name');
  const pages = Math.max(1, Math.ceil(files.length / perPage));
  for (let at = 1; at <= pages; at++) {
    const props = { title: config.public.title, order: 'name', pages, at, assets: assetPaths } as const;
    const shown = files.slice((at - 1) * perPage, at * perPage);
    // In another order there is no file; the next page has its own.
    const href = (order: string, page: number) =>
      order === 'name' && page !== at ? numbered('index', page) : undefined;
    await open.write(
      numbered('index', at),
      publicPage({ ...props, files: shown, href, site: config.origin ?? '' }),
    );
  }
  return { private: folder.pages, public: open.pages };
}

async function exportPrivate(sql: Sql, config: Config, folder: Folder, progress: Progress): Promise<void> {
  const view: View = {
    sql,
    now: new Date(),
    zone: config.reports.zone,
    may: { deny: false, choose: false },
    assets: assetPaths,
    href,
  };
  await folder.write('index.html', overviewPage(view));
  for (const measure of Object.keys(measures) as Measure[]) {
    await folder.write(href('months', { measure }) as string, monthsPage(view, { measure, page: 1 }));
  }
  await exportLists(view, folder);
  await folder.write(
    'leeches.html',
    leechesPage(view, { hours: 24, min_requests: 100, sort: leechesReport.order }),
  );
  await folder.write('sources.html', sourcesPage(view));
  await folder.write('keys.html', keysPage(view, undefined));
  await folder.write('codes.html', codesPage(view));
  for (const { id } of await sql<{ id: string }[]>`select id from code_batches order by id`) {
    const content = await batchPage(view, id, 1);
    if (content) await folder.write(href('codes', { batch: id }) as string, content);
  }
  const [row] = await sql<{ n: string }[]>`select count(*) as n from files`;
  let written = 0;
  for await (const files of readAll(sql, filesReport, { zone: view.zone, class: 'all' })) {
    for (const { host, path: name } of files) {
      const file = { host: String(host), path: String(name) };
      const content = await filePage(view, { ...file, span: 'days' });
      if (content) await folder.write(href('file', file) as string, content);
      progress(++written, Number(row?.n));
    }
  }
}

/** The lists that have several pages: each leads to the next by its number. */
async function exportLists(view: View, folder: Folder): Promise<void> {
  for (const place of ['files', 'tokens'] as const) {
    let after: Position | undefined;
    let at = 1;
    do {
      let next: Position | undefined;
      const following = numbered(place, at + 1);
      const here: View = {
        ...view,
        href: (to, query) => (to === place && query?.cursor ? following : href(to, query)),
      };
      const note = (position: Position) => {
        next = position;
        return 'next';
      };
      const content =
        place === 'files'
          ? filesPage(here, { class: 'counted' }, { order: filesReport.order, limit: perPage, after }, note)
          : tokensPage(here, {}, after, note);
      await folder.write(at === 1 ? `${place}.html` : numbered(place, at), content);
      after = next;
      at++;
    } while (after);
  }
}

const numbered = (name: string, at: number) => (at === 1 ? `${name}.html` : `${name}-${at}.html`);

/** The file of a page; undefined for what only a service can show: other orders, other spans, CSV, forms. */
function href(place: Place, query: Query = {}): string | undefined {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  if (place === 'overview') return 'index.html';
  if (place === 'file') {
    const other = query.span !== undefined && query.span !== 'days';
    return other ? undefined : `file-${nameOf(`${query.host}\n${query.path}`)}.html`;
  }
  if (place === 'months') {
    const { measure = 'downloads', last, page } = query;
    if (last !== undefined || page !== undefined) return undefined;
    return measure === 'downloads' ? 'months.html' : `months-${measure}.html`;
  }
  if (place === 'codes' && query.batch !== undefined && query.page === undefined)
    return `codes-${nameOf(String(query.batch))}.html`;
  const lists = ['files', 'tokens', 'codes', 'leeches', 'sources', 'keys'];
  return lists.includes(place) && given.length === 0 ? `${place}.html` : undefined;
}

// Names of files are other people's: only their digest becomes one of ours.
function nameOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

class Folder {
  readonly #dir: string;
  readonly #mode: number;
  pages = 0;

  constructor(dir: string, mode: number) {
    this.#dir = dir;
    this.#mode = mode;
  }

  async prepare(mode: number): Promise<void> {
    await mkdir(this.#dir, { recursive: true, mode });
    for (const { name, text } of assets) {
      if (!name.endsWith('.js')) await writeAtomically(path.join(this.#dir, name), text, this.#mode);
    }
  }

  /** Each file is replaced as a whole: whoever reads meanwhile sees the old one or the new one. */
  async write(name: string, content: Html): Promise<void> {
    await writeAtomically(path.join(this.#dir, name), String(await content), this.#mode);
    this.pages++;
  }
}
