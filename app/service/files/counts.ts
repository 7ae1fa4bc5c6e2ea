// Downloads by file, from the tallies.

import type { Sql } from '../../db/connection.ts';
import { sums } from '../../reports/params.ts';

export const fileOrders = ['path', 'downloads', 'completed', 'copies', 'bytes'] as const;
type FileOrder = (typeof fileOrders)[number];

export type FilesQuery = {
  sort: FileOrder;
  limit: number;
  after: Position | undefined;
  from: string | undefined;
  to: string | undefined;
  prefix: string | undefined;
  bots: boolean;
};

/** Where a page ended: the value it is sorted by, and the file's id, which breaks ties. */
export type Position = { value: string; id: string };

export type FileCount = {
  host: string;
  path: string;
  requests: number;
  downloads: number;
  /** null: not known, for no download is of a known size. */
  completed: number | null;
  copies: number | null;
  bytes: number;
  sizeUnknown: number;
  estimated: boolean;
};

type Row = { id: string; host: string; path: string } & Record<
  'requests' | 'downloads' | 'bytes' | 'size_unknown',
  string
> &
  Record<'completed' | 'copies', string | null> & { estimated: boolean };

/** One page of counts, and where the next begins, if there is one. Counts are in descending order, paths ascending. */
export async function countFiles(
  sql: Sql,
  query: FilesQuery,
): Promise<{ files: FileCount[]; next: Position | undefined }> {
  // What is not known comes last.
  const rank = query.sort === 'path' ? sql`path` : sql`coalesce(${sql(query.sort)}, -1)`;
  const direction = query.sort === 'path' ? sql`asc` : sql`desc`;
  const { after } = query;
  const beyond =
    after === undefined
      ? sql``
      : query.sort === 'path'
        ? sql`where (path, id) > (${after.value}, ${after.id}::bigint)`
        : sql`where ${rank} < ${after.value}::numeric or (${rank} = ${after.value}::numeric and id > ${after.id}::bigint)`;
  const rows = await sql<Row[]>`
    with counted as (
      select f.id, f.host, f.path, ${sums(sql)}
        from ${query.from || query.to ? sql`tallies` : sql`tally_months`} t join files f on f.id = t.file_id
       where ${query.bots ? sql`true` : sql`t.class <> 'bot'`}
         and ${query.from ? sql`t.bucket >= ${query.from}` : sql`true`}
         and ${query.to ? sql`t.bucket < ${query.to}` : sql`true`}
         and ${query.prefix ? sql`starts_with(f.path, ${query.prefix})` : sql`true`}
       group by f.id
    )
    select *, exists (
        select from estimated_days e where e.file_id = counted.id
           and ${query.from ? sql`(e.day + 1)::timestamp at time zone 'UTC' > ${query.from}` : sql`true`}
           and ${query.to ? sql`e.day::timestamp at time zone 'UTC' < ${query.to}` : sql`true`}
      ) as estimated
      from counted ${beyond}
     order by ${rank} ${direction}, id
     limit ${query.limit + 1}`;
  const page = rows.slice(0, query.limit);
  const last = rows.length > query.limit ? page.at(-1) : undefined;
  return { files: page.map(toCount), next: last && { value: String(last[query.sort] ?? -1), id: last.id } };
}

function toCount(row: Row): FileCount {
  return {
    host: row.host,
    path: row.path,
    requests: Number(row.requests),
    downloads: Number(row.downloads),
    completed: row.completed === null ? null : Number(row.completed),
    copies: row.copies === null ? null : Number(row.copies),
    bytes: Number(row.bytes),
    sizeUnknown: Number(row.size_unknown),
    estimated: row.estimated,
  };
}
