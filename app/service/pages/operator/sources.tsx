// Every log and how far it is read, and every line that was not counted, with the reason.

import { formatBytes, formatCount } from '../../../reports/format.ts';
import { rejectsReport, sourcesReport } from '../../../reports/queries/operation.ts';
import { readPage } from '../../../reports/read.ts';
import { ReportTable, shorten } from './table.tsx';
import { Figures, operatorPage, type View } from './view.tsx';

type Sample = { path: string; line: string; reason: string; sample: string };

export async function sourcesPage(view: View) {
  const { sql, now } = view;
  const [sources, rejects, samples] = await Promise.all([
    readPage(sql, sourcesReport, {}, { limit: 100 }, now),
    readPage(sql, rejectsReport, {}, { limit: 100 }, now),
    sql<
      Sample[]
    >`select path, line, reason, sample from report.reject_samples order by created_at desc, line desc limit 20`,
  ]);
  const sum = (name: string) => sources.rows.reduce((all, row) => all + Number(row[name]), 0);
  return operatorPage({
    view,
    place: 'sources',
    title: 'Sources',
    children: (
      <>
        <h1>Sources</h1>
        <p class="lede">
          Every line that was read is a request that was counted, or was rejected for a reason.
        </p>
        <Figures
          figures={[
            { title: 'Lines read', value: formatCount(sum('lines')) },
            { title: 'Requests', value: formatCount(sum('requests')) },
            { title: 'Rejected', value: formatCount(sum('rejects')) },
            { title: 'Unread', value: formatBytes(sum('lag_bytes')) },
          ]}
        />
        <ReportTable
          view={view}
          report={sourcesReport}
          rows={sources.rows}
          columns={[
            'edge',
            'path',
            'kind',
            'lines',
            'requests',
            'rejects',
            'lag_bytes',
            'last_at',
            'updated_at',
          ]}
          caption="Logs, last read first"
          cells={{ path: (row) => <code>{row.path as string}</code> }}
          empty={
            <>
              No agent has read a log yet. <code>tallygate agent</code> follows the logs of its host.{' '}
              <code>tallygate ingest</code> counts the logs that you already have.
            </>
          }
        />
        <h2>Rejected lines</h2>
        <ReportTable
          view={view}
          report={rejectsReport}
          rows={rejects.rows}
          columns={['reason', 'lines', 'edge', 'path']}
          caption="Rejected lines by log and reason"
          cells={{
            reason: (row) => <Reason name={row.reason as string} />,
            path: (row) => <code>{row.path as string}</code>,
          }}
          empty="None. Every line was counted."
        />
        {samples.length > 0 && <Samples samples={samples} />}
      </>
    ),
  });
}

/** What each reason says of a line. app/ingest/record/record.ts has them all. */
const meanings: Readonly<Record<string, string>> = {
  not_json: 'is not a record: it is from another log, or was cut off when the disk was full',
  not_utf8: 'holds bytes that are not UTF-8',
  nul: 'holds NUL bytes, as a crash can leave them',
  too_long: 'is longer than any record',
  unfinished: 'was the last line of the log, and lacks its end',
  version: 'is a record of another version: update the agent, or the NGINX module',
  future: 'is dated in the future: check the clock of that host',
  day_closed: 'is older than transfers are kept (count.retention_days)',
  too_old: 'came so late in a stream that it may be a copy of a counted line',
  duplicate: 'came twice in a stream, and was counted once',
  duplicate_key: 'names a field twice',
  unknown_key: 'has a field that records do not have',
  format: 'does not have the format that was named or found',
  time: 'has no time that can be read',
  request_line: 'has no request that can be read',
  path: 'has a path that cannot be decoded',
  filtered_method: 'is not a GET',
  filtered_status: 'was not answered with 200 or 206',
  known: 'stands in another log, too, and was counted there',
  filtered_time: 'is not of the time that --since and --until ask for',
  filtered_path: 'has a path that --match leaves out',
  filtered_agent: 'is of a user agent that is left out (classes.drop)',
};

function Reason({ name }: { name: string }) {
  const [, field] = /^field_(.*)$/.exec(name) ?? [];
  const meaning = field === undefined ? meanings[name] : `has a value of ${field} that is not possible`;
  return (
    <>
      <code>{name}</code>
      {meaning && <small class="hint line">{meaning}</small>}
    </>
  );
}

function Samples({ samples }: { samples: readonly Sample[] }) {
  return (
    <>
      <h3>The latest of them</h3>
      <section class="scroll fit" aria-label="Rejected lines" tabindex={0}>
        <table>
          <caption class="visually-hidden">Rejected lines, latest first</caption>
          <thead>
            <tr>
              <th scope="col" class="n">
                Line
              </th>
              <th scope="col">Reason</th>
              <th scope="col">Begins with</th>
            </tr>
          </thead>
          <tbody>
            {samples.map(({ line, reason, sample }) => (
              <tr>
                <td class="n">{formatCount(Number(line))}</td>
                <td>
                  <code>{reason}</code>
                </td>
                <td>
                  <code class="sample">
                    <bdi>{shorten(sample, 200)}</bdi>
                  </code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
