// A report as a table: heads that sort, values by their kind, links to the page of a file or token.

import type { Child } from 'hono/jsx';
import { formatValue, isNumeric, visible } from '../../../reports/format.ts';
import type { ReportRow } from '../../../reports/read.ts';
import type { Column, Report } from '../../../reports/report.ts';
import { Empty, Link, type Query, type View } from './view.tsx';

type TableProps = {
  view: View;
  report: Report;
  rows: readonly ReportRow[];
  /** Names of the columns to show, in this order. */
  columns: readonly string[];
  caption: string;
  /** The order the rows are in, and the address of another. */
  order?: string;
  orderHref?: (order: string) => string | undefined;
  /** Cells that are not shown as their value. */
  cells?: Readonly<Record<string, (row: ReportRow) => Child>>;
  /** Heads that differ from the report's. */
  titles?: Readonly<Record<string, string>>;
  /** A last column, of what can be done with a row. */
  action?: (row: ReportRow) => Child;
  foot?: Child;
  empty: string;
};

export function ReportTable(props: TableProps) {
  const { view, report, rows, caption, cells = {}, action, foot, empty } = props;
  if (rows.length === 0) return <Empty>{empty}</Empty>;
  const columns = props.columns.map(
    (name) => report.columns.find((column) => column.name === name) as Column,
  );
  return (
    // A table wider than the screen is scrolled by itself, by keyboard too.
    <section class="scroll" aria-label={caption} tabindex={0}>
      <table>
        <caption class="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <Head column={column} {...props} />
            ))}
            {action && (
              <th scope="col">
                <span class="visually-hidden">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>
              {columns.map((column) => (
                <td class={classOf(column)}>
                  {cells[column.name]?.(row) ?? <Cell view={view} column={column} row={row} />}
                </td>
              ))}
              {action && <td>{action(row)}</td>}
            </tr>
          ))}
        </tbody>
        {foot && <tfoot>{foot}</tfoot>}
      </table>
    </section>
  );
}

function Head({ column, order, orderHref, titles }: TableProps & { column: Column }) {
  const descending = order === `-${column.name}`;
  const sorted = descending || order === column.name;
  // What counts is looked at from the top, names from the beginning.
  const fresh =
    isNumeric(column.kind) || column.kind === 'time' || column.kind === 'day'
      ? `-${column.name}`
      : column.name;
  const wanted = sorted ? (descending ? column.name : `-${column.name}`) : fresh;
  const address = column.sortable ? orderHref?.(wanted) : undefined;
  return (
    <th
      scope="col"
      class={isNumeric(column.kind) ? 'n' : undefined}
      aria-sort={sorted ? (descending ? 'descending' : 'ascending') : undefined}
    >
      <Link to={address}>
        {titles?.[column.name] ?? column.title}
        {sorted && <span aria-hidden="true">{descending ? ' ↓' : ' ↑'}</span>}
      </Link>
    </th>
  );
}

function classOf({ kind }: Column): string | undefined {
  if (isNumeric(kind)) return 'n';
  return kind === 'time' || kind === 'day' || kind === 'visitor' ? 'nowrap' : undefined;
}

function Cell({ view, column, row }: { view: View; column: Column; row: ReportRow }) {
  const value = row[column.name] ?? null;
  const text = formatValue(column.kind, value, view.zone);
  if (column.kind === 'time') return value === null ? <>–</> : <time datetime={String(value)}>{text}</time>;
  if (column.kind === 'visitor') return <code>{text}</code>;
  if (column.name === 'path')
    return <FileName view={view} host={String(row.host ?? '')} path={String(value)} />;
  if (column.kind === 'text' || column.kind === 'list')
    return text === '' ? <>–</> : <span class="name">{text}</span>;
  return <>{value === null ? '–' : text}</>;
}

/** A name that others chose as text to look at: its beginning, with nothing invisible in it. */
export function shorten(text: string, length = 160): string {
  return visible(text.length > length ? `${text.slice(0, length).toWellFormed()}…` : text);
}

/** A file's name, leading to its page. */
export function FileName({ view, host, path }: { view: View; host: string; path: string }) {
  const file: Query = { host, path };
  return (
    <Link to={view.href('file', file)} class="name file">
      <bdi>{shorten(path)}</bdi>
    </Link>
  );
}

/** Link to the next page, and to the whole as CSV. */
export function Pager({ next, csv }: { next: string | undefined; csv: string | undefined }) {
  if (!next && !csv) return null;
  return (
    <ul class="pager">
      {next && (
        <li>
          <a href={next} rel="next">
            Next page
          </a>
        </li>
      )}
      {csv && (
        <li>
          <a href={csv}>All as CSV</a>
        </li>
      )}
    </ul>
  );
}
