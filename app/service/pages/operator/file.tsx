// One file: its history, its numbers by every definition, where its downloads come from, its versions, and its latest
// single downloads.

import { formatBytes, formatCount, notKnown, visible } from '../../../reports/format.ts';
import { addDays, today } from '../../../reports/params.ts';
import { filesReport } from '../../../reports/queries/counts.ts';
import { downloadsReport } from '../../../reports/queries/downloads.ts';
import { firstDaysReport } from '../../../reports/queries/groups.ts';
import { historyReport } from '../../../reports/queries/history.ts';
import { versionsReport } from '../../../reports/queries/operation.ts';
import {
  classesReport,
  clientsReport,
  countriesReport,
  referrersReport,
} from '../../../reports/queries/origins.ts';
import { visitorDaysReport } from '../../../reports/queries/visitors.ts';
import { type ReportRow, readPage } from '../../../reports/read.ts';
import type { Report } from '../../../reports/report.ts';
import { TimeChart } from './chart.tsx';
import { Pager, ReportTable, shorten } from './table.tsx';
import { Choices, Figures, Link, operatorPage, type View } from './view.tsx';

/** How far back the chart looks, and in what steps. */
export const spans = {
  hours: { title: '7 days by hour', long: '7 days', unit: 'hour', days: 7 },
  days: { title: '30 days', long: '30 days', unit: 'day', days: 30 },
  weeks: { title: '26 weeks', long: '26 weeks', unit: 'week', days: 26 * 7 },
  months: { title: '24 months', long: '24 months', unit: 'month', days: 730 },
} as const;
export type SpanName = keyof typeof spans;

export async function filePage(
  view: View,
  { host, path, span }: { host: string; path: string; span: SpanName },
) {
  const { sql, zone, now } = view;
  const last = today(zone, now);
  const { unit, days, title, long } = spans[span];
  const file = { host, path };
  const period = { zone, first: addDays(last, 1 - days), last };
  const counted = { class: 'counted' };
  const ofUtc = { first: period.first, last: addDays(today('UTC', now), 0), ...file };
  const read = async (report: Report, params: object, limit = 10) =>
    (await readPage(sql, report, { ...params }, { limit }, now)).rows;
  const [history, counts, visitors, classes, referrers, clients, countries, versions, single, begun] =
    await Promise.all([
      read(historyReport, { ...period, ...file, ...counted, unit }, 1000),
      read(filesReport, { zone, ...file, ...counted }, 1),
      read(visitorDaysReport, { ...ofUtc, ...counted }, 1),
      read(classesReport, { ...period, ...file }),
      read(referrersReport, { ...ofUtc, ...counted }),
      read(clientsReport, { ...ofUtc, ...counted }),
      read(countriesReport, { ...ofUtc, ...counted }),
      read(versionsReport, file, 5),
      read(downloadsReport, { ...file, first: addDays(last, -89), last, class: 'all' }, 20),
      read(firstDaysReport, { ...file, ...counted, first: '2000-01-01' }, 1),
    ]);
  const [total] = counts;
  if (!total && versions.length === 0) return undefined;
  return operatorPage({
    view,
    place: 'file',
    title: shorten(path, 80),
    children: (
      <>
        <h1>
          <bdi class="name">{visible(path)}</bdi>
        </h1>
        <p class="lede">on {host}</p>
        {total && <Figures figures={figures(total)} />}
        {total?.estimated === true && (
          <p class="hint">
            Completed and copies are partly an estimate: an import had the file’s size from elsewhere (
            <code class="nowrap">--sizes</code>).
          </p>
        )}
        <Definitions />
        <h2>History</h2>
        <Choices
          label="Period"
          choices={Object.entries(spans).map(([name, one]) => ({
            title: one.title,
            to: view.href('file', { ...file, span: name }),
            chosen: name === span,
          }))}
        />
        <TimeChart rows={history} title={`Downloads, ${title}`} />
        <Pager next={undefined} csv={view.href('csv', { report: 'history', ...period, ...file, unit })} />
        {begun[0] && (
          <>
            <h2>First days</h2>
            <ReportTable
              view={view}
              report={firstDaysReport}
              rows={begun}
              columns={['first_day', 'downloads_1_day', 'downloads_7_days', 'downloads_30_days']}
              caption="Downloads in the file’s first days"
              empty="It was not downloaded yet."
            />
          </>
        )}
        <h2>Who, in {long}</h2>
        <Visitors row={visitors[0]} csv={view.href('csv', { report: 'file-visitors', ...ofUtc })} />
        <ReportTable
          view={view}
          report={classesReport}
          rows={classes}
          columns={['class', 'requests', 'downloads', 'completed', 'copies', 'bytes']}
          caption="By class"
          empty="Nobody, in this period."
        />
        <p class="hint">
          What makes somebody a person, a tool or a bot: see <Link to={view.href('agents')}>user agents</Link>
          .
        </p>
        <div class="columns">
          <Origins
            view={view}
            report={referrersReport}
            rows={referrers}
            title="Referring sites"
            none="none told"
          />
          <Origins view={view} report={clientsReport} rows={clients} title="Programs" none="none told" />
          <Origins view={view} report={countriesReport} rows={countries} title="Countries" none="unknown" />
        </div>
        <h2>Latest downloads</h2>
        <ReportTable
          view={view}
          report={downloadsReport}
          rows={single}
          columns={[
            'started_at',
            'seconds',
            'bytes',
            'completed',
            'requests',
            'class',
            'client',
            'referrer_host',
            'country',
            'token_id',
          ]}
          dense
          caption="Latest single downloads"
          empty="No single download is kept any more. Transfers are deleted after count.retention_days."
        />
        <Pager next={undefined} csv={view.href('csv', { report: 'downloads', ...file, class: 'all' })} />
        <h2>Versions</h2>
        <ReportTable
          view={view}
          report={versionsReport}
          rows={versions}
          columns={['etag', 'size', 'estimated', 'created_at']}
          caption="Versions of this file, newest first"
          empty="None is known."
        />
      </>
    ),
  });
}

function figures(total: ReportRow) {
  const count = (name: string) => (total[name] === null ? notKnown : formatCount(Number(total[name])));
  return [
    { title: 'Downloads', value: count('downloads'), more: 'since counting began' },
    {
      title: 'Completed',
      value: count('completed'),
      more: shareCompleted(total),
    },
    { title: 'Copies', value: count('copies'), more: 'whole files sent' },
    { title: 'Requests', value: count('requests'), more: 'ranges counted one by one' },
    { title: 'Sent', value: formatBytes(Number(total.bytes)), more: 'by NGINX' },
  ];
}

/** Different visitors, as far as they can be told apart: within a day. */
function Visitors({ row, csv }: { row: ReportRow | undefined; csv: string | undefined }) {
  if (!row) return <p>Visitors are counted a few minutes later.</p>;
  const [sum, days, most] = [row.visitor_days, row.days, row.most].map((value) => formatCount(Number(value)));
  return (
    <p>
      Visitor-days: {sum}, the different visitors of each UTC day, added up. Days with visitors: {days}. Most
      visitors on one day: {most}. <Link to={csv}>{csv && 'Each day as CSV'}</Link>
    </p>
  );
}

/** Of the downloads while the file's size was known; of the others nobody can say. */
function shareCompleted(total: ReportRow): string {
  const [downloads, unknown] = [Number(total.downloads), Number(total.size_unknown)];
  if (total.completed === null) return 'no log told the file’s size';
  if (downloads === 0) return 'of none';
  const share = `${((100 * Number(total.completed)) / (downloads - unknown)).toFixed(1)} %`;
  return unknown === 0
    ? `${share} of downloads`
    : `${share} of ${formatCount(downloads - unknown)}; of ${formatCount(unknown)} not known`;
}

function Origins({
  view,
  report,
  rows,
  title,
  none,
}: {
  view: View;
  report: Report;
  rows: readonly ReportRow[];
  title: string;
  none: string;
}) {
  const name = report.key[0] as string;
  return (
    <section>
      <h3>{title}</h3>
      <ReportTable
        view={view}
        report={report}
        rows={rows}
        columns={[name, 'downloads', 'bytes']}
        dense
        caption={title}
        cells={{ [name]: (row) => (row[name] === '' ? none : undefined) }}
        empty="Nothing yet. These sums are a few minutes behind."
      />
    </section>
  );
}

function Definitions() {
  return (
    <details>
      <summary>What these words mean</summary>
      <dl class="terms">
        <dt>Request</dt>
        <dd>
          One accepted GET that was answered with the file or a part of it. A download in ten ranges is ten
          requests.
        </dd>
        <dt>Download</dt>
        <dd>All requests of one visitor for one version of the file on one UTC day, if any byte was sent.</dd>
        <dt>Completed</dt>
        <dd>
          A download whose ranges together cover the file, or 95 % of it unless configured otherwise. Not
          known where no log told the file’s size, as in most imported history.
        </dd>
        <dt>Copies</dt>
        <dd>
          For each completed download: bytes sent divided by the file’s size, rounded down, at least one.
        </dd>
        <dt>Sent</dt>
        <dd>Bytes that NGINX sent. No server can know whether they arrived.</dd>
      </dl>
    </details>
  );
}
