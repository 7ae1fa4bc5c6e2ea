// Reads a report: one page and where the next begins, or all rows as a stream.

import type postgres from 'postgres';
import type { Sql } from '../db/connection.ts';
import type { Column, ColumnKind, Fragment, Report } from './report.ts';

export type Value = string | number | boolean | null | readonly string[];
export type ReportRow = Record<string, Value>;

/** An order: the name of a column, with `-` before it for descending. */
export type Order = string;

/** Where a page ended: the values of the column it is sorted by and of the report's key, as text. */
export type Position = readonly string[];

export type PageRequest = {
  order?: Order | undefined;
  limit: number;
  after?: Position | undefined;
};

type Params = Record<string, unknown>;

/** The orders that a report can be read in, its own first. */
export function ordersOf(report: Report): Order[] {
  const names = report.columns.filter((column) => column.sortable).map((column) => column.name);
  const all = names.flatMap((name) => [name, `-${name}`]);
  return [report.order, ...all.filter((order) => order !== report.order)];
}

/**
 * One page of a report.
 * @param params as `report.params` parsed them
 * @param page its `order` must be one of `ordersOf(report)`
 */
export async function readPage(
  sql: Sql,
  report: Report,
  params: Params,
  page: PageRequest,
  now = new Date(),
): Promise<{ rows: ReportRow[]; next: Position | undefined }> {
  const order = page.order ?? report.order;
  const hint = order === report.order ? { limit: page.limit, after: page.after?.[0] } : undefined;
  const query = report.query(sql, params as never, { now, page: hint });
  const found = await sql<postgres.Row[]>`
    select * from (${query}) r
    where ${page.after ? beyond(sql, report, order, page.after) : sql`true`}
    order by ${inOrder(sql, report, order)}
    limit ${page.limit + 1}`;
  const rows = found.slice(0, page.limit).map((row) => toRow(report, row));
  const last = rows.at(-1);
  if (found.length <= page.limit || last === undefined) return { rows, next: undefined };
  return { rows, next: positionColumns(report, order).map((name) => String(last[name] ?? unknownRank)) };
}

/** All rows of a report, a few hundred at a time, so that little of it is in memory however long it is. */
export async function* readAll(
  sql: Sql,
  report: Report,
  params: Params,
  order: Order = report.order,
  now = new Date(),
): AsyncGenerator<ReportRow[]> {
  const query = report.query(sql, params as never, { now });
  const pages = sql<postgres.Row[]>`
    select * from (${query}) r order by ${inOrder(sql, report, order)}`.cursor(500);
  for await (const page of pages) yield page.map((row) => toRow(report, row));
}

function split(order: Order): { name: string; descending: boolean } {
  return order.startsWith('-')
    ? { name: order.slice(1), descending: true }
    : { name: order, descending: false };
}

function positionColumns(report: Report, order: Order): string[] {
  const { name } = split(order);
  return [name, ...report.key.filter((key) => key !== name)];
}

// Every column is sorted in the direction of the first. Then one comparison of rows tells what is beyond a position.
function inOrder(sql: Sql, report: Report, order: Order): Fragment {
  const { descending } = split(order);
  const columns = positionColumns(report, order).map(
    (name) => sql`${comparable(sql, report, name)} ${descending ? sql`desc` : sql`asc`}`,
  );
  return join(sql, columns);
}

function beyond(sql: Sql, report: Report, order: Order, after: Position): Fragment {
  const names = positionColumns(report, order);
  const columns = join(
    sql,
    names.map((name) => comparable(sql, report, name)),
  );
  const values = join(
    sql,
    names.map((name, index) => bound(sql, kindOf(report, name), after[index] as string)),
  );
  return split(order).descending ? sql`(${columns}) < (${values})` : sql`(${columns}) > (${values})`;
}

/** What stands for a null that means something, in an order and in a cursor. No count is negative. */
const unknownRank = -1;

/** A column as it is sorted and compared. Times are cut to milliseconds, because a cursor holds no more. */
function comparable(sql: Sql, report: Report, name: string): Fragment {
  const { kind, nullMeans } = columnOf(report, name);
  if (nullMeans) return sql`coalesce(${sql(name)}, ${unknownRank})`;
  return kind === 'time' ? sql`date_trunc('milliseconds', ${sql(name)})` : sql`${sql(name)}`;
}

function join(sql: Sql, parts: readonly Fragment[]): Fragment {
  return parts.reduce((all, part, index) => (index === 0 ? part : sql`${all}, ${part}`), sql``);
}

const forms: Partial<Record<ColumnKind, RegExp>> = {
  count: /^-?\d{1,30}$/,
  bytes: /^-?\d{1,30}$/,
  rate: /^-?\d{1,20}(?:\.\d{1,20})?(?:e[+-]?\d{1,2})?$/,
  seconds: /^-?\d{1,20}(?:\.\d{1,20})?(?:e[+-]?\d{1,2})?$/,
  time: /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  day: /^20\d\d-\d\d-\d\d$/,
  visitor: /^[A-Za-z0-9_-]{11}$/,
};

/** Whether a position can be one in this order of the report. A client may have made it up. */
export function isPosition(report: Report, order: Order, position: Position): boolean {
  const names = positionColumns(report, order);
  return (
    names.length === position.length &&
    names.every((name, index) => {
      const kind = kindOf(report, name);
      const text = position[index] as string;
      const isDate = kind !== 'time' && kind !== 'day' ? true : !Number.isNaN(Date.parse(text));
      return isDate && (forms[kind]?.test(text) ?? true);
    })
  );
}

/** The text of a cursor as a value of its column. */
function bound(sql: Sql, kind: ColumnKind, text: string): Fragment {
  if (kind === 'count' || kind === 'bytes') return sql`${text}::text::numeric`;
  if (kind === 'rate' || kind === 'seconds') return sql`${text}::text::float8`;
  if (kind === 'time') return sql`${text}::text::timestamptz`;
  if (kind === 'day') return sql`${text}::text::date`;
  if (kind === 'visitor') return sql`${String(visitorNumber(text))}::text::bigint`;
  return sql`${text}::text`;
}

function columnOf(report: Report, name: string): Column {
  return report.columns.find((column) => column.name === name) as Column;
}

function kindOf(report: Report, name: string): ColumnKind {
  return columnOf(report, name).kind;
}

function toRow(report: Report, row: postgres.Row): ReportRow {
  return Object.fromEntries(report.columns.map(({ name, kind }) => [name, toValue(kind, row[name])]));
}

function toValue(kind: ColumnKind, value: unknown): Value {
  if (value === null || value === undefined) return null;
  if (kind === 'count' || kind === 'bytes' || kind === 'rate' || kind === 'seconds') return Number(value);
  if (kind === 'time') return (value as Date).toISOString();
  if (kind === 'day') return value instanceof Date ? value.toISOString().slice(0, 10) : String(value);
  if (kind === 'visitor') return visitorText(String(value));
  return value as Value;
}

/** A visitor's 64 bits as text, as records and deny folders have it. */
export function visitorText(number: string): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(number));
  return bytes.toString('base64url');
}

/** The number in the database for the text of a visitor. */
export function visitorNumber(text: string): bigint {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length === 8 ? bytes.readBigInt64BE() : 0n;
}
