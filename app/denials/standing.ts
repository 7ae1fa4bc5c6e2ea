// How a token stands, as far as a request for one path is concerned: what the database knows of it. For people; NGINX looks
// into its deny folder, and protect-strict.conf asks the service.

import { holderOf } from '../../njs/link/holder.ts';
import type { Sql } from '../db/connection.ts';
import { chargedCopies, type SpentBy } from './denials.ts';

export type Standing = {
  /** undefined: no such token was issued here */
  token: { enforce: 'edge' | 'strict'; maxCopies: number | null; expiresAt: Date } | undefined;
  /** copies of the file that are spent */
  spent: number;
  /** the earliest denial, which may begin later on */
  denial: { reason: string; spentBy: SpentBy | null; startsAt: Date; createdAt: Date } | undefined;
};

/**
 * @param id the `t` of a link
 * @param names the names by which NGINX would find a denial (subjects.ts)
 */
export async function standingOf(
  sql: Sql,
  id: string,
  names: readonly string[],
  path: string,
): Promise<Standing> {
  const holder = holderOf(id);
  const [token] = await sql<NonNullable<Standing['token']>[]>`
    select enforce, max_copies as "maxCopies", expires_at as "expiresAt" from tokens where id = ${holder}`;
  const [use] = await sql<{ spent: string }[]>`
    select coalesce(${chargedCopies(sql)}, 0) as spent from token_usage u join files f on f.id = u.file_id
     where u.token_id = ${holder} and f.path = ${path}`;
  const [denial] = await sql<NonNullable<Standing['denial']>[]>`
    select reason, spent_by as "spentBy", starts_at as "startsAt", created_at as "createdAt" from denials
     where kind = 't' and subject = any(${[...names]}::text[]) and (until is null or until > now())
     order by starts_at limit 1`;
  return { token, spent: Number(use?.spent ?? 0), denial };
}
