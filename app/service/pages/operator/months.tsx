// Month by month: a row for each file, a column for each month, totals at both ends.

import type { Sql } from '../../../db/connection.ts';
import { markEstimated } from '../../../reports/estimated.ts';
import { formatBytes, formatCount, notKnown } from '../../../reports/format.ts';
import { addDays, today } from '../../../reports/params.ts';
import { addMonths } from '../../../reports/queries/counts.ts';
import { AboutDoubts, Doubts, FileName } from './table.tsx';
import { Choices, Empty, operatorPage, type View } from './view.tsx';

export const measures = {
  downloads: 'Downloads',
  completed: 'Completed',
  copies: 'Copies',
  requests: 'Requests',
  bytes: 'Sent',
} as const;
export type Measure = keyof typeof measures;

/** A number of a file or month. `value` null: not known. Of `unknown` downloads nobody knows; some sizes may be estimated. */
type Sum = { value: string | null; unknown: string; estimated: boolean };
type Ranked = { host: string; path: string };
type Row = Ranked & { total: Sum; by_month: ReadonlyMap<string, Sum> };
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
    sql<(Ranked & Sum)[]>`
      ${markEstimated(sql, {
        rows: sql`
          select host, path, ${sumOf(sql, measure)}
          from report.counts_between(
            ${first}::date::timestamp at time zone ${zone},
            (${lastDay}::date::timestamp + interval '1 month') at time zone ${zone})
          where class <> 'bot' group by host, path
          order by value desc nulls last, host, path
          limit ${perPage + 1} offset ${(page - 1) * perPage}`,
        by: { host: sql`host`, path: sql`path` },
        days: { zone, first, last: addDays(`${addMonths(end, 1)}-01`, -1) },
      })}
      order by value desc nulls last, host, path`,
    sql<({ month: string } & Sum)[]>`
      ${markEstimated(sql, {
        rows: sql`
          select to_char(month, 'YYYY-MM') as month, ${sumOf(sql, measure)}
          from report.monthly_totals_in(${zone}, ${first}, ${lastDay})
          where class <> 'bot' group by month`,
        by: { month: monthOf(sql, zone) },
      })}`,
  ]);
  const rows = await readMonths(view, { measure, first, last: lastDay }, ranked.slice(0, perPage));
  const show = (sum: Sum | undefined) => sum && <Cell sum={sum} measure={measure} />;
  const [{ earlier } = { earlier: false }] = await sql<{ earlier: boolean }[]>`
    select exists (
      select from report.totals where bucket < (${`${months[0]}-01`}::date::timestamp at time zone ${zone})
    ) as earlier`;
  const ofMonth = new Map<string, Sum>(totals.map(({ month, ...sum }) => [month, sum]));
  // Months before the first count say nothing and would take the names' room.
  const begun = earlier ? 0 : months.findIndex((month) => ofMonth.has(month));
  const columns = months.slice(Math.max(0, begun)).toReversed();
  const grand = ofMonth.size === 0 ? undefined : added([...ofMonth.values()]);
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
        {grand && needsSize(measure) && (
          <AboutDoubts unknown={Number(grand.unknown) > 0} estimated={grand.estimated} />
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

function Cell({ sum: { value, unknown, estimated }, measure }: { sum: Sum; measure: Measure }) {
  if (value === null) return <>{notKnown}</>;
  return (
    <>
      {measure === 'bytes' ? formatBytes(Number(value)) : formatCount(Number(value))}
      {needsSize(measure) && <Doubts known unknown={Number(unknown)} estimated={estimated} />}
    </>
  );
}

const needsSize = (measure: Measure) => measure === 'completed' || measure === 'copies';

/** The sums of several months together. What is known of some is the sum of these. */
function added(sums: readonly Sum[]): Sum {
  const known = sums.filter(({ value }) => value !== null);
  return {
    value: known.length === 0 ? null : String(known.reduce((all, { value }) => all + Number(value), 0)),
    unknown: String(sums.reduce((all, { unknown }) => all + Number(unknown), 0)),
    estimated: sums.some(({ estimated }) => estimated),
  };
}

/** The sum of a measure; null where nobody knows: no download is of a known size. */
function sumOf(sql: Sql, measure: Measure) {
  const sum = sql`sum(${sql(measure)})`;
  const value = needsSize(measure)
    ? sql`case when sum(size_unknown) = 0 or sum(size_unknown) < sum(downloads) then ${sum} end`
    : sum;
  return sql`${value} as value, sum(size_unknown) as unknown, sum(downloads) as downloads`;
}

const monthOf = (sql: Sql, zone: string) => sql`to_char(at at time zone ${zone}, 'YYYY-MM')`;

type Months = { measure: Measure; first: string; last: string };

/** These files, each with its count in every month. */
async function readMonths(
  { sql, zone }: View,
  { measure, first, last }: Months,
  files: readonly (Ranked & Sum)[],
): Promise<Row[]> {
  if (files.length === 0) return [];
  const values = await sql<({ host: string; path: string; month: string } & Sum)[]>`
    ${markEstimated(sql, {
      rows: sql`
        select host, path, to_char(month, 'YYYY-MM') as month, ${sumOf(sql, measure)}
        from report.monthly_of(${zone}, ${first}, ${last}, ${files.map((file) => file.host)}::text[],
          ${files.map((file) => file.path)}::text[])
        where class <> 'bot' group by host, path, month`,
      by: { host: sql`host`, path: sql`path`, month: monthOf(sql, zone) },
    })}`;
  const nameOf = (file: Ranked) => `${file.host}\n${file.path}`;
  const found = new Map(files.map((file) => [nameOf(file), new Map<string, Sum>()]));
  for (const { month, ...sum } of values) found.get(nameOf(sum))?.set(month, sum);
  return files.map((file) => ({ ...file, total: file, by_month: found.get(nameOf(file)) ?? new Map() }));
}

function PageLink({ to, children }: { to: string | undefined; children?: unknown }) {
  return to === undefined ? null : (
    <li>
      <a href={to}>{children as string}</a>
    </li>
  );
}
