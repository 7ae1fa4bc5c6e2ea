// Every log with how far it is read, and every line that was not counted, with its reason.

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
    >`select path, line, reason, sample from report.reject_samples order by created_at desc, line limit 20`,
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
          Every line that was read is a request or was rejected, and a rejected one has a reason.
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
          empty="No agent has read a log yet: tallygate agent follows them."
        />
        <h2>Rejected lines</h2>
        <ReportTable
          view={view}
          report={rejectsReport}
          rows={rejects.rows}
          columns={['edge', 'path', 'reason', 'lines']}
          caption="Rejected lines by log and reason"
          cells={{ path: (row) => <code>{row.path as string}</code> }}
          empty="None. Every line was counted."
        />
        {samples.length > 0 && <Samples samples={samples} />}
      </>
    ),
  });
}

function Samples({ samples }: { samples: readonly Sample[] }) {
  return (
    <>
      <h3>The latest of them</h3>
      <section class="scroll" aria-label="Rejected lines" tabindex={0}>
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
                <td class="n">{line}</td>
                <td>{reason}</td>
                <td>
                  <code>
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
