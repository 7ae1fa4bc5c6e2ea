// A report as a table: heads that sort, values shown by their kind, links to the pages of files and tokens.

import type { Child } from 'hono/jsx';
import { formatCount, formatTime, formatValue, isNumeric, visible } from '../../../reports/format.ts';
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
  /** The order of the rows, and the URL of the list in another. */
  order?: string;
  orderHref?: (order: string) => string | undefined;
  /** Cells that show something other than their value. */
  cells?: Readonly<Record<string, (row: ReportRow) => Child>>;
  /** Heads that differ from those of the report. */
  titles?: Readonly<Record<string, string>>;
  /** A last column with what can be done with a row. */
  action?: (row: ReportRow) => Child;
  /** Less room between columns, for tables with many. */
  dense?: boolean;
  /** What to show when there are no rows. It says what to do next. */
  empty: Child;
};

export function ReportTable(props: TableProps) {
  const { view, report, rows, caption, cells = {}, action, empty } = props;
  if (rows.length === 0) return <Empty>{empty}</Empty>;
  const columns = props.columns.map(
    (name) => report.columns.find((column) => column.name === name) as Column,
  );
  return (
    <>
      {/* A table wider than the screen scrolls by itself, by keyboard too. On a phone each row of a wide table is a card. */}
      <section class={columns.length > 3 ? 'scroll stack' : 'scroll'} aria-label={caption} tabindex={0}>
        <table class={props.dense ? 'dense' : undefined}>
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
                {columns.map((column, index) => {
                  const own = cells[column.name]?.(row);
                  const cell = own ?? <Cell view={view} column={column} row={row} />;
                  // The first column stays in sight while the table is scrolled.
                  if (index === 0) return <RowHead column={column}>{cell}</RowHead>;
                  const blank =
                    own === undefined &&
                    !column.nullMeans &&
                    ['', null].includes(row[column.name] as string | null);
                  const title = props.titles?.[column.name] ?? column.title;
                  return (
                    <td class={blank ? 'blank' : classOf(column)} data-label={title}>
                      {cell}
                    </td>
                  );
                })}
                {action && <td class="action">{action(row)}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {columns.some(({ nullMeans }) => nullMeans === 'not known') && (
        <AboutDoubts
          unknown={rows.some((row) => Number(row.size_unknown ?? 0) > 0)}
          estimated={rows.some((row) => row.estimated === true)}
        />
      )}
    </>
  );
}

/** What the words below the numbers mean, where they stand. */
export function AboutDoubts({ unknown, estimated }: { unknown: boolean; estimated: boolean }) {
  if (!unknown && !estimated) return null;
  return (
    <p class="hint">
      {unknown && 'Not known: downloads that were imported from logs that tell no size. '}
      {estimated && (
        <>
          Estimated: an import took some sizes from elsewhere (<code class="nowrap">--sizes</code>).
        </>
      )}
    </p>
  );
}

function Head({ column, order, orderHref, titles }: TableProps & { column: Column }) {
  const descending = order === `-${column.name}`;
  const sorted = descending || order === column.name;
  // The first click sorts numbers and times from the highest, and names from A.
  const fresh =
    isNumeric(column.kind) || column.kind === 'time' || column.kind === 'day'
      ? `-${column.name}`
      : column.name;
  const wanted = sorted ? (descending ? column.name : `-${column.name}`) : fresh;
  const url = column.sortable ? orderHref?.(wanted) : undefined;
  return (
    <th
      scope="col"
      class={isNumeric(column.kind) ? 'n' : undefined}
      aria-sort={sorted ? (descending ? 'descending' : 'ascending') : undefined}
    >
      <Link to={url}>
        {titles?.[column.name] ?? column.title}
        {sorted && <span aria-hidden="true">{descending ? ' ↓' : ' ↑'}</span>}
      </Link>
    </th>
  );
}

function RowHead({ column, children }: { column: Column; children?: Child }) {
  return (
    <th scope="row" class={classOf(column)}>
      {children}
    </th>
  );
}

function classOf({ kind }: Column): string | undefined {
  if (isNumeric(kind)) return 'n';
  return kind === 'time' || kind === 'day' || kind === 'visitor' ? 'nowrap' : undefined;
}

function Cell({ view, column, row }: { view: View; column: Column; row: ReportRow }) {
  const value = row[column.name] ?? null;
  const text = formatValue(column, value, view.zone);
  if (column.kind === 'time') return value === null ? <>–</> : <time datetime={String(value)}>{text}</time>;
  if (column.kind === 'visitor') return <code>{text}</code>;
  if (column.name === 'token_id' && text !== '')
    return (
      <Link to={view.href('tokens', { token: text })}>
        <code>{text}</code>
      </Link>
    );
  if (column.name === 'path')
    return <FileName view={view} host={String(row.host ?? '')} path={String(value)} />;
  if (column.kind === 'text' || column.kind === 'list')
    return text === '' ? <>–</> : <span class="name">{text}</span>;
  return (
    <>
      {text === '' ? '–' : text}
      {column.nullMeans === 'not known' && (
        <Doubts
          known={value !== null}
          unknown={Number(row.size_unknown ?? 0)}
          estimated={row.estimated === true}
        />
      )}
    </>
  );
}

/** Below a number of completed downloads or copies: of how many downloads nobody knows, and whether sizes were estimated. */
export function Doubts(props: { known: boolean; unknown: number; estimated: boolean }) {
  // Where nothing is known the cell says so itself.
  if (!props.known) return null;
  return (
    <>
      {props.unknown > 0 && <small class="line">{formatCount(props.unknown)} not known</small>}
      {props.estimated && <small class="line">estimated</small>}
    </>
  );
}

type TimesProps = { view: View; row: ReportRow; names: readonly string[]; minutes?: boolean };

/** Times of a row, one below the other, to the second or the minute. */
export function Times({ view, row, names, minutes }: TimesProps) {
  return (
    <>
      {names.map((name) => (
        <time class="line nowrap" datetime={String(row[name])}>
          {formatTime(String(row[name]), view.zone).slice(0, minutes ? 16 : undefined)}
        </time>
      ))}
    </>
  );
}

/** The beginning of a name that others chose, at most `length` characters, with the invisible made visible. */
export function shorten(text: string, length = 160): string {
  // Cut before too: an invisible character becomes up to twelve visible ones.
  const shown = visible(text.slice(0, length + 1));
  return shown.length > length ? `${shown.slice(0, length).toWellFormed()}…` : shown;
}

type FileNameProps = { view: View; host: string; path: string; length?: number };

/** The name of a file, as a link to its page. */
export function FileName({ view, host, path, length }: FileNameProps) {
  const file: Query = { host, path };
  return (
    <Link to={view.href('file', file)} class="name file">
      <bdi>{shorten(path, length)}</bdi>
    </Link>
  );
}

type PagerProps = { first?: string | undefined; next: string | undefined; csv: string | undefined };

/** Links to the next page, back to the first, and to the whole as CSV. */
export function Pager({ first, next, csv }: PagerProps) {
  if (!first && !next && !csv) return null;
  return (
    <ul class="pager">
      {first && (
        <li>
          <a href={first}>First page</a>
        </li>
      )}
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
