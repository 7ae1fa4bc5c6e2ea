// What a report is: parameters, columns, orders and one query. The API, the command line, the pages and the static
// export all read these reports, so a number is the same everywhere.

import type postgres from 'postgres';
import { z } from 'zod';
import type { Sql } from '../db/connection.ts';

/** How a value is shown and compared. Beside each: its form in JSON. */
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
  /** Whether pages can be sorted by it. Only for columns that are never null, or say what null means. */
  readonly sortable?: boolean;
  /** What null means, for people. In an order it stands below 0. */
  readonly nullMeans?: 'not known' | 'not over yet';
};

export type Fragment = postgres.PendingQuery<postgres.Row[]>;

type QueryContext = {
  readonly now: Date;
  /**
   * The caller wants only so many rows in the report's own order, from the value `after` of its first column on. A query
   * may leave out rows beyond that, to be faster, but need not.
   */
  readonly page?: { readonly limit: number; readonly after: string | undefined } | undefined;
};

export type Report<P extends z.ZodRawShape = z.ZodRawShape> = {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly params: z.ZodObject<P, z.core.$strict>;
  readonly columns: readonly Column[];
  /** Columns that together are different in every row. They break ties, so pages neither skip nor repeat rows. */
  readonly key: readonly string[];
  /** The order unless another is asked for: the name of a column, with `-` before it for descending. */
  readonly order: string;
  /** A select of all columns by name, with every parameter bound. */
  query(sql: Sql, params: z.output<z.ZodObject<P, z.core.$strict>>, context: QueryContext): Fragment;
};

/** Makes a report with the parameters of `shape`, and gives `query` their types. */
export function defineReport<P extends z.ZodRawShape>(
  definition: Omit<Report<P>, 'params'> & { params: P },
): Report {
  return { ...definition, params: z.strictObject(definition.params) } as unknown as Report;
}

/**
 * The columns of a tally. `estimated`: whether sizes of some of these files were estimated, on one of the days, so that
 * completed and copies are partly an estimate.
 */
export const tallyColumns: readonly Column[] = [
  { name: 'requests', kind: 'count', title: 'Requests', sortable: true },
  { name: 'downloads', kind: 'count', title: 'Downloads', sortable: true },
  { name: 'completed', kind: 'count', title: 'Completed', sortable: true, nullMeans: 'not known' },
  { name: 'copies', kind: 'count', title: 'Copies', sortable: true, nullMeans: 'not known' },
  { name: 'bytes', kind: 'bytes', title: 'Sent', sortable: true },
  { name: 'size_unknown', kind: 'count', title: 'Size not known', sortable: true },
  { name: 'estimated', kind: 'flag', title: 'Partly estimated' },
];

export const column = {
  host: { name: 'host', kind: 'text', title: 'Site', sortable: true },
  path: { name: 'path', kind: 'text', title: 'File', sortable: true },
  downloads: { name: 'downloads', kind: 'count', title: 'Downloads', sortable: true },
  bytes: { name: 'bytes', kind: 'bytes', title: 'Sent', sortable: true },
} as const satisfies Record<string, Column>;
