// Every file with its counts: any period, sorted by any column.

import { filesReport } from '../../../reports/queries/counts.ts';
import { type PageRequest, readPage } from '../../../reports/read.ts';
import { FileFilters, type FilesParams, Groupings, periodOf } from './file-filters.tsx';
import { Pager, ReportTable } from './table.tsx';
import { operatorPage, type Query, type View } from './view.tsx';

/** @param nextCursor makes the cursor in a URL from the place where a page ended */
export async function filesPage(
  view: View,
  params: FilesParams,
  page: PageRequest & { order: string },
  nextCursor: (position: readonly string[]) => string,
) {
  const { zone, now, sql } = view;
  const { rows, next } = await readPage(sql, filesReport, { zone, ...params }, page, now);
  const query: Query = { ...params, class: params.class === 'counted' ? undefined : params.class };
  const whole = params.first === undefined && params.last === undefined;
  const caption = periodOf(params);
  // With one site, which most have, its name on every line would say nothing.
  const oneSite = new Set(rows.map((row) => row.host)).size < 2;
  const columns = [
    'path',
    'downloads',
    'completed',
    'copies',
    'requests',
    'bytes',
    ...(oneSite ? [] : ['host']),
  ];
  return operatorPage({
    view,
    place: 'files',
    title: 'Files',
    children: (
      <>
        <h1>Files</h1>
        <p class="lede">What was downloaded of each, {caption}.</p>
        <Groupings view={view} chosen="files" />
        <FileFilters view={view} params={params} place="files" />
        <ReportTable
          view={view}
          report={filesReport}
          rows={rows}
          columns={columns}
          caption={`Files, ${caption}`}
          order={page.order}
          orderHref={(sort) => view.href('files', { ...query, sort })}
          empty={
            whole && params.prefix === undefined && params.class === 'counted'
              ? 'Nothing was downloaded yet. Fetch a file through NGINX, and it appears here within two seconds.'
              : 'No downloaded file matches. Try a longer period, or another beginning of the path.'
          }
        />
        <Pager
          next={next && view.href('files', { ...query, sort: page.order, cursor: nextCursor(next) })}
          first={page.after && view.href('files', { ...query, sort: page.order })}
          csv={
            rows.length > 0
              ? view.href('csv', { report: 'files', zone, ...query, sort: page.order })
              : undefined
          }
        />
      </>
    ),
  });
}
