// The first page: the counts of today, 7 and 30 days, the files downloaded most, and whether counting keeps up.

import { formatBytes, formatCount, formatSeconds } from '../../../reports/format.ts';
import { addDays, today } from '../../../reports/params.ts';
import { filesReport } from '../../../reports/queries/counts.ts';
import { totalsReport } from '../../../reports/queries/history.ts';
import { visitorsReport } from '../../../reports/queries/visitors.ts';
import { type ReportRow, readPage } from '../../../reports/read.ts';
import { scriptPaths } from '../assets.ts';
import { TimeChart } from './chart.tsx';
import { ReportTable } from './table.tsx';
import { Figures, Link, operatorPage, type View } from './view.tsx';

const listed = 15;

export async function overviewPage(view: View) {
  const { sql, zone, now } = view;
  const last = today(zone, now);
  const period = { zone, first: addDays(last, -29), last };
  const [days, top, visitors, lag] = await Promise.all([
    readPage(sql, totalsReport, { ...period, unit: 'day', class: 'counted' }, { limit: 100 }, now),
    readPage(sql, filesReport, { ...period, class: 'counted' }, { limit: listed }, now),
    readVisitors(view),
    readLag(view),
  ]);
  // An export has no service to ask.
  const events = view.href('events');
  return operatorPage({
    view,
    place: 'overview',
    title: 'Overview',
    head: events && <script src={scriptPaths.overview} type="module"></script>,
    children: (
      <>
        <h1>Overview</h1>
        <p class="lede">
          Downloads by people and by tools such as curl and apt. Bots are left out. Days are those of {zone}.{' '}
          {events && <span id="state" class="tag" role="status" data-events={events} hidden />}
        </p>
        <div data-part="figures">
          <Figures figures={figures(days.rows, last)} />
        </div>
        <div data-part="chart">
          <TimeChart rows={days.rows} title="Downloads per day, last 30 days" />
        </div>
        <h2>Most downloaded in 30 days</h2>
        <div data-part="files">
          <ReportTable
            view={view}
            report={filesReport}
            rows={top.rows}
            columns={['path', 'downloads', 'completed', 'copies', 'bytes']}
            caption="Files by downloads in the last 30 days"
            empty="Nothing was downloaded in the last 30 days. Fetch a file through NGINX, and it appears here within two seconds."
          />
        </div>
        {top.next && (
          <p>
            <Link to={view.href('files')}>All files</Link>
          </p>
        )}
        <h2>Unique visitors</h2>
        <Figures figures={visitors} />
        <h2>Counting</h2>
        <p data-part="counting">{lag}</p>
      </>
    ),
  });
}

function figures(days: readonly ReportRow[], last: string) {
  const since = (first: string) => days.filter(({ label }) => String(label) >= first);
  const sum = (rows: readonly ReportRow[], name: string) =>
    rows.reduce((all, row) => all + Number(row[name]), 0);
  const completedOf = (rows: readonly ReportRow[]) => {
    const unknown = sum(rows, 'size_unknown');
    if (unknown > 0 && unknown === sum(rows, 'downloads')) return 'completed: not known';
    const doubts = [
      ...(unknown > 0 ? [`${formatCount(unknown)} not known`] : []),
      ...(rows.some(({ estimated }) => estimated === true) ? ['partly estimated'] : []),
    ];
    const known = `${formatCount(sum(rows, 'completed'))} completed`;
    return doubts.length === 0 ? known : `${known} (${doubts.join(', ')})`;
  };
  const periods: [string, ReportRow[]][] = [
    ['Today', since(last)],
    ['Last 7 days', since(addDays(last, -6))],
    ['Last 30 days', since(addDays(last, -29))],
  ];
  return periods.map(([title, rows]) => ({
    title,
    value: formatCount(sum(rows, 'downloads')),
    more: `downloads, ${completedOf(rows)}, ${formatBytes(sum(rows, 'bytes'))} sent`,
  }));
}

/** Different visitors of today, and the sums of the last days. By UTC days: a visitor's hash lives no longer. */
async function readVisitors({ sql, now }: View) {
  const last = today('UTC', now);
  const { rows } = await readPage(sql, visitorsReport, { class: 'counted', last }, { limit: 30 }, now);
  const figure = (title: string, first: string, more: string) => {
    const found = rows.filter(({ day }) => String(day) >= first);
    // A day has no row until it was rolled up for the first time. That is not 0.
    if (found.length === 0) return { title, value: 'not yet', more: 'counted a few minutes later' };
    const sum = found.reduce((all, { visitors }) => all + Number(visitors), 0);
    return { title, value: formatCount(sum), more };
  };
  return [
    figure('Today', last, 'different visitors, UTC day'),
    figure('Last 7 days', addDays(last, -6), 'visitor-days: each day’s visitors, added up'),
    figure('Last 30 days', addDays(last, -29), 'visitor-days: nobody is recognised the next day'),
  ];
}

/** One sentence on the state of the agents. */
async function readLag({ sql, now, href }: View) {
  const [row] = await sql<
    { lines: string; requests: string; rejects: string; lag: string; updated_at: Date | null }[]
  >`
    select coalesce(sum(lines), 0) as lines, coalesce(sum(requests), 0) as requests,
      coalesce(sum(rejects), 0) as rejects, coalesce(sum(greatest(seen_size - position, 0)), 0) as lag,
      max(updated_at) as updated_at
    from sources`;
  if (!row?.updated_at) {
    return (
      <>
        No agent has read a log yet. Start <code>tallygate agent</code> on each NGINX host: it follows the
        logs there. <code>tallygate doctor</code> says what is missing.
      </>
    );
  }
  const ago = formatSeconds(Math.max(0, (now.getTime() - row.updated_at.getTime()) / 1000));
  return (
    <>
      {formatCount(Number(row.lines))} log lines read: {formatCount(Number(row.requests))} requests counted
      and {formatCount(Number(row.rejects))} lines rejected. {formatBytes(Number(row.lag))} unread; last read{' '}
      {ago} ago. <Link to={href('sources')}>Every source</Link>
    </>
  );
}
