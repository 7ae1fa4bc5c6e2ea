// Month by month: a row for each file, a column for each month, totals at both ends.

import type { Sql } from '../../../db/connection.ts';
import { formatBytes, formatCount, notKnown } from '../../../reports/format.ts';
import { today } from '../../../reports/params.ts';
import { addMonths } from '../../../reports/queries/counts.ts';
import { FileName } from './table.tsx';
import { Choices, Empty, operatorPage, type View } from './view.tsx';

export const measures = {
  downloads: 'Downloads',
  completed: 'Completed',
  copies: 'Copies',
  requests: 'Requests',
  bytes: 'Sent',
} as const;
export type Measure = keyof typeof measures;

/** null: not known. */
type Sum = string | null;
type Ranked = { host: string; path: string; total: Sum };
type Row = Ranked & { by_month: ReadonlyMap<string, Sum> };
const perPage = 50;
const shownMonths = 12;

export async function monthsPage(
  view: View,
  { measure, page, last }: { measure: Measure; page: number; last?: string | undefined },
) {
  const { sql, zone, now } = view;
  const end = last ?? today(zone, now).slice(0, 7);
  const months = Array.from({ length: shownMonths }, (_, index) => addMonths(end, index - shownMonths + 1));
  const [first, lastDay] = [`${months[0]}-01`, `${end}-01`];
  const [ranked, totals] = await Promise.all([
    sql<Ranked[]>`
      select host, path, total from (select host, path, ${sumOf(sql, measure)} as total
      from report.counts_between(
        ${first}::date::timestamp at time zone ${zone},
        (${lastDay}::date::timestamp + interval '1 month') at time zone ${zone})
      where class <> 'bot' group by host, path) t
      order by total desc nulls last, host, path
      limit ${perPage + 1} offset ${(page - 1) * perPage}`,
    sql<{ month: string; value: Sum }[]>`
      select to_char(month, 'YYYY-MM') as month, ${sumOf(sql, measure)} as value
      from report.monthly_totals_in(${zone}, ${first}, ${lastDay})
      where class <> 'bot' group by month`,
  ]);
  const rows = await readMonths(view, { measure, first, last: lastDay }, ranked.slice(0, perPage));
  const show = (value: Sum | number | undefined) =>
    value === undefined
      ? ''
      : value === null
        ? notKnown
        : measure === 'bytes'
          ? formatBytes(Number(value))
          : formatCount(Number(value));
  const [{ earlier } = { earlier: false }] = await sql<{ earlier: boolean }[]>`
    select exists (
      select from report.totals where bucket < (${`${months[0]}-01`}::date::timestamp at time zone ${zone})
    ) as earlier`;
  const ofMonth = new Map(totals.map(({ month, value }) => [month, value]));
  // Months before the first count say nothing and would take the names' room.
  const begun = earlier ? 0 : months.findIndex((month) => ofMonth.has(month));
  const columns = months.slice(Math.max(0, begun)).toReversed();
  const known = [...ofMonth.values()].filter((value) => value !== null);
  const grand =
    known.length === 0 && ofMonth.size > 0 ? null : known.reduce((all, value) => all + Number(value), 0);
  const query = (more: object) => ({ measure, last, page: undefined, ...more });
  return operatorPage({
    view,
    place: 'months',
    title: 'Month by month',
    children: (
      <>
        <h1>Month by month</h1>
        <p class="lede">
          {measures[measure]} of people and tools
          {columns.length > 1 && (
            <>
              {' '}
              from <span class="nowrap">{columns.at(-1)}</span>
            </>
          )}{' '}
          {columns.length > 1 ? 'to' : 'in'} <span class="nowrap">{end}</span>, months of {zone}.
        </p>
        <Choices
          label="What is counted"
          choices={Object.entries(measures).map(([name, title]) => ({
            title,
            to: view.href('months', query({ measure: name })),
            chosen: name === measure,
          }))}
        />
        {rows.length === 0 ? (
          <Empty>
            Nothing was downloaded in these months{earlier ? '. Earlier months have downloads' : ''}.
          </Empty>
        ) : (
          <section class="scroll" aria-label="Month by month" tabindex={0}>
            <table class="dense months">
              <caption class="visually-hidden">{measures[measure]} by file and month</caption>
              <thead>
                <tr>
                  <th scope="col">File</th>
                  <th scope="col" class="n">
                    Total
                  </th>
                  {columns.map((month) => (
                    <th scope="col" class="n">
                      {month}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {rows.map(({ host, path, by_month, total }) => (
                  <tr>
                    <th scope="row">
                      <FileName view={view} host={host} path={path} />
                    </th>
                    <td class="n">{show(total)}</td>
                    {columns.map((month) => (
                      <td class="n">{show(by_month.get(month))}</td>
                    ))}
                  </tr>
                ))}
              </tbody>
              <tfoot>
                <tr>
                  <th scope="row">All files</th>
                  <td class="n">{show(grand)}</td>
                  {columns.map((month) => (
                    <td class="n">{show(ofMonth.get(month))}</td>
                  ))}
                </tr>
              </tfoot>
            </table>
          </section>
        )}
        <ul class="pager">
          {page > 1 && <PageLink to={view.href('months', query({ page: page - 1 }))}>Previous page</PageLink>}
          {ranked.length > perPage && (
            <PageLink to={view.href('months', query({ page: page + 1 }))}>Next page</PageLink>
          )}
          {earlier && (
            <PageLink to={view.href('months', { measure, last: addMonths(end, -shownMonths) })}>
              Earlier months
            </PageLink>
          )}
          {last && <PageLink to={view.href('months', { measure })}>Latest months</PageLink>}
          {rows.length > 0 && (
            <PageLink to={view.href('csv', { report: 'monthly', zone, first: months[0], last: end })}>
              All as CSV
            </PageLink>
          )}
        </ul>
      </>
    ),
  });
}

/** The sum of a measure; null where nobody knows: no download is of a known size. */
function sumOf(sql: Sql, measure: Measure) {
  const sum = sql`sum(${sql(measure)})`;
  if (measure !== 'completed' && measure !== 'copies') return sum;
  return sql`case when sum(size_unknown) = 0 or sum(size_unknown) < sum(downloads) then ${sum} end`;
}

type Months = { measure: Measure; first: string; last: string };

/** These files, each with its count in every month. */
async function readMonths(
  { sql, zone }: View,
  { measure, first, last }: Months,
  files: readonly Ranked[],
): Promise<Row[]> {
  if (files.length === 0) return [];
  const values = await sql<{ host: string; path: string; month: string; value: Sum }[]>`
    select host, path, to_char(month, 'YYYY-MM') as month, ${sumOf(sql, measure)} as value
    from report.monthly_of(${zone}, ${first}, ${last}, ${files.map((file) => file.host)}::text[],
      ${files.map((file) => file.path)}::text[])
    where class <> 'bot' group by host, path, month`;
  const nameOf = (file: { host: string; path: string }) => `${file.host}\n${file.path}`;
  const found = new Map(files.map((file) => [nameOf(file), new Map<string, Sum>()]));
  for (const value of values) found.get(nameOf(value))?.set(value.month, value.value);
  return files.map((file) => ({ ...file, by_month: found.get(nameOf(file)) ?? new Map() }));
}

function PageLink({ to, children }: { to: string | undefined; children?: unknown }) {
  return to === undefined ? null : (
    <li>
      <a href={to}>{children as string}</a>
    </li>
  );
}
