// What a report is: parameters, columns, orders, and one query. The API, the command line, the pages and the
// static export all read reports in this form, so a number is the same wherever it is looked up.

import type postgres from 'postgres';
import { z } from 'zod';
import type { Sql } from '../db/connection.ts';

/** How a value is shown and compared; the value's form in JSON stands beside it. */
export type ColumnKind =
  | 'text' // string
  | 'count' // number
  | 'bytes' // number
  | 'rate' // number, per second
  | 'seconds' // number
  | 'time' // ISO 8601 in UTC
  | 'day' // 2026-11-21
  | 'flag' // boolean
  | 'visitor' // 11 characters of base64url
  | 'list'; // strings

export type Column = {
  readonly name: string;
  readonly kind: ColumnKind;
  /** For people: the head of the column. */
  readonly title: string;
  /** Whether pages may be sorted by it; only columns that are never null. */
  readonly sortable?: boolean;
};

export type Fragment = postgres.PendingQuery<postgres.Row[]>;

type QueryContext = {
  readonly now: Date;
  /**
   * Only so many rows of the report's own order are wanted, from the value `after` of its first column on. A query
   * may leave out what lies beyond; it need not.
   */
  readonly page?: { readonly limit: number; readonly after: string | undefined } | undefined;
};

export type Report<P extends z.ZodRawShape = z.ZodRawShape> = {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly params: z.ZodObject<P, z.core.$strict>;
  readonly columns: readonly Column[];
  /** Columns that tell every row from every other: they break ties, so that pages neither skip nor repeat. */
  readonly key: readonly string[];
  /** The order where none is asked for: a column's name, `-` before it for descending. */
  readonly order: string;
  /** A select of all columns by name, with every parameter bound. */
  query(sql: Sql, params: z.output<z.ZodObject<P, z.core.$strict>>, context: QueryContext): Fragment;
};

/** A report whose parameters are `shape`: gives `query` their types. */
export function defineReport<P extends z.ZodRawShape>(
  definition: Omit<Report<P>, 'params'> & { params: P },
): Report {
  return { ...definition, params: z.strictObject(definition.params) } as unknown as Report;
}

/** The columns that a tally has. */
export const tallyColumns: readonly Column[] = [
  { name: 'requests', kind: 'count', title: 'Requests', sortable: true },
  { name: 'downloads', kind: 'count', title: 'Downloads', sortable: true },
  { name: 'completed', kind: 'count', title: 'Completed', sortable: true },
  { name: 'copies', kind: 'count', title: 'Copies', sortable: true },
  { name: 'bytes', kind: 'bytes', title: 'Sent', sortable: true },
];

export const column = {
  host: { name: 'host', kind: 'text', title: 'Site', sortable: true },
  path: { name: 'path', kind: 'text', title: 'File', sortable: true },
  downloads: { name: 'downloads', kind: 'count', title: 'Downloads', sortable: true },
  bytes: { name: 'bytes', kind: 'bytes', title: 'Sent', sortable: true },
} as const satisfies Record<string, Column>;
