// Files summed up: by folder, as deep as one likes, and by release, by the patterns of the configuration.

import { foldersReport, releasesReport } from '../../../reports/queries/groups.ts';
import { type PageRequest, readPage } from '../../../reports/read.ts';
import type { Report } from '../../../reports/report.ts';
import { FileFilters, type FilesParams, Groupings, periodOf } from './file-filters.tsx';
import { Pager, ReportTable, shorten } from './table.tsx';
import { Choices, Link, operatorPage, type Query, type View } from './view.tsx';

type Page = PageRequest & { order: string };
type NextCursor = (position: readonly string[]) => string;

const columns = ['files', 'downloads', 'completed', 'copies', 'requests', 'bytes'];

/** @param depth how many folders deep */
export async function foldersPage(
  view: View,
  params: FilesParams & { depth: number },
  page: Page,
  nextCursor: NextCursor,
) {
  const { rows, next } = await read(view, foldersReport, params, page);
  const query: Query = { ...params };
  const oneSite = new Set(rows.map((row) => row.host)).size < 2;
  return operatorPage({
    view,
    place: 'folders',
    title: 'Folders',
    children: (
      <>
        <h1>Folders</h1>
        <p class="lede">What was downloaded from each, with all that is below it, {periodOf(params)}.</p>
        <Groupings view={view} chosen="folders" />
        <FileFilters view={view} params={params} place="folders" more={{ depth: params.depth }} />
        <Choices
          label="How many folders deep"
          choices={[1, 2, 3, 4].map((depth) => ({
            title: depth === 1 ? '1 folder deep' : `${depth} deep`,
            to: view.href('folders', { ...query, depth }),
            chosen: depth === params.depth,
          }))}
        />
        <ReportTable
          view={view}
          report={foldersReport}
          rows={rows}
          columns={['folder', ...columns, ...(oneSite ? [] : ['host'])]}
          cells={{
            folder: ({ folder }) => (
              <Link
                to={view.href('files', { ...query, depth: undefined, prefix: String(folder) })}
                class="name"
              >
                <bdi>{shorten(String(folder))}</bdi>
              </Link>
            ),
          }}
          caption={`Folders, ${periodOf(params)}`}
          order={page.order}
          orderHref={(sort) => view.href('folders', { ...query, sort })}
          empty="Nothing was downloaded in this time. Try a longer period, or another beginning of the path."
        />
        <Pager
          next={next && view.href('folders', { ...query, sort: page.order, cursor: nextCursor(next) })}
          first={page.after && view.href('folders', { ...query, sort: page.order })}
          csv={view.href('csv', { report: 'folders', zone: view.zone, ...query, sort: page.order })}
        />
      </>
    ),
  });
}

/** @param name which of the configured patterns; undefined where there is no such */
export async function releasesPage(
  view: View,
  { name, ...params }: FilesParams & { name: string },
  page: Page,
  nextCursor: NextCursor,
) {
  const found = view.releases.find((one) => one.name === name);
  if (!found) return undefined;
  const { rows, next } = await read(view, releasesReport, { ...params, pattern: found.pattern }, page);
  const query: Query = { ...params, name };
  return operatorPage({
    view,
    place: 'releases',
    title: name,
    children: (
      <>
        <h1>{name}</h1>
        <p class="lede">What was downloaded of each release, {periodOf(params)}.</p>
        <Groupings view={view} chosen={name} />
        <FileFilters view={view} params={params} place="releases" more={{ name }} />
        <ReportTable
          view={view}
          report={releasesReport}
          rows={rows}
          columns={['release', ...columns]}
          caption={`${name}, ${periodOf(params)}`}
          order={page.order}
          orderHref={(sort) => view.href('releases', { ...query, sort })}
          empty={`No path matches ${found.pattern} in this time. The pattern is in the configuration: [[reports.releases]].`}
        />
        <Pager
          next={next && view.href('releases', { ...query, sort: page.order, cursor: nextCursor(next) })}
          first={page.after && view.href('releases', { ...query, sort: page.order })}
          csv={view.href('csv', {
            report: 'releases',
            zone: view.zone,
            ...params,
            pattern: found.pattern,
            sort: page.order,
          })}
        />
      </>
    ),
  });
}

const read = (view: View, report: Report, params: object, page: Page) =>
  readPage(view.sql, report, { zone: view.zone, ...params }, page, view.now);
