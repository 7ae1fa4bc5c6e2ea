// What was downloaded with a token: the numbers of report.token_downloads, which all reports of tokens show.

import type { Sql } from '../../db/connection.ts';

export type Tally = { requests: number; downloads: number; completed: number; copies: number; bytes: number };

/** The tally of a token; zeros where nothing was downloaded. */
export async function tallyOfToken(sql: Sql, id: string): Promise<Tally> {
  const [row] = await sql<Record<keyof Tally, string>[]>`
    select requests, downloads, completed, copies, bytes from report.token_downloads where token_id = ${id}`;
  // PostgreSQL sends bigint as text. Number is exact up to 2^53 bytes: nine petabytes through one token.
  return {
    requests: Number(row?.requests ?? 0),
    downloads: Number(row?.downloads ?? 0),
    completed: Number(row?.completed ?? 0),
    copies: Number(row?.copies ?? 0),
    bytes: Number(row?.bytes ?? 0),
  };
}
