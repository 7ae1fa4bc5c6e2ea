// What was downloaded with a token, by the definitions of the tallies. Bots are left out, as in every count. Transfers
// older than `retention_days` are gone, so the tally of an old token shrinks to what was spent of its limit.

import type { Sql } from '../../db/connection.ts';
import type { Token } from './token.ts';

const dayLength = 86_400_000;

export type Tally = { requests: number; downloads: number; completed: number; copies: number; bytes: number };

/**
 * The tally of a token; zeros where nothing was downloaded. It reads no days before the token was made, except one, in
 * case a clock is behind.
 */
export async function tallyOfToken(
  sql: Sql,
  { id, createdAt }: Pick<Token, 'id' | 'createdAt'>,
): Promise<Tally> {
  const firstDay = new Date(createdAt.getTime() - dayLength).toISOString().slice(0, 10);
  const [row] = await sql<Record<keyof Tally, string>[]>`
    select coalesce(sum(requests), 0) as requests,
           count(*) filter (where state & 1 = 1) as downloads,
           count(*) filter (where state & 2 = 2) as completed,
           coalesce(sum(greatest(1, sent / greatest(size, 1))) filter (where state & 2 = 2), 0) as copies,
           coalesce(sum(sent), 0) as bytes
      from transfers
     where day >= ${firstDay}::date and token_id = ${id} and token_id <> '' and class <> 'bot'`;
  // PostgreSQL sends sums as text. Number is exact up to 2^53 bytes: nine petabytes through one token.
  return {
    requests: Number(row?.requests),
    downloads: Number(row?.downloads),
    completed: Number(row?.completed),
    copies: Number(row?.copies),
    bytes: Number(row?.bytes),
  };
}
