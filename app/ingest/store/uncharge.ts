// What tokens have used, after transfers of theirs were taken away: computed again from the transfers that are there.

import type postgres from 'postgres';
import type { Sql } from '../../db/connection.ts';
import { type TokenFile, unchargeFiles } from '../../denials/denials.ts';
import type { TokenShape } from '../../denials/subjects.ts';
import { copiesInSql, isCompleteInSql } from '../fold/transfer.ts';
import { denySpent } from './token-usage.ts';

/** Those of these tokens whose usage cannot be computed again, because transfers of theirs were dropped with their day. */
export async function tokensNotKept(sql: Sql, tokens: readonly string[]): Promise<string[]> {
  if (tokens.length === 0) return [];
  const rows = await sql<{ token_id: string }[]>`
    select distinct u.token_id from token_usage u
    left join (
      select token_id, version_id, sum(requests) as requests from transfers
      where token_id = any(${[...tokens]}::text[]) group by token_id, version_id
    ) t using (token_id, version_id)
    where u.token_id = any(${[...tokens]}::text[]) and u.requests <> coalesce(t.requests, 0)
    order by u.token_id`;
  return rows.map((row) => row.token_id);
}

const complete = isCompleteInSql(
  'u.size',
  'covered_front(t.covered)',
  'covered_rest(t.covered)',
  'u.complete_from',
);

/** Computes the usage of tokens again. Files of theirs that are no longer spent may be downloaded again. */
export async function uncharge(
  tx: postgres.TransactionSql,
  tokens: readonly string[],
  retryGrace: number,
): Promise<void> {
  if (tokens.length === 0) return;
  const used = await filesUsed(tx, tokens);
  await tx.unsafe(
    `update token_usage u set requests = t.requests, sent = t.sent, bot_sent = t.bot_sent, last_at = t.last_at,
       covered_to = covered_front(t.covered), covered = covered_rest(t.covered),
       copies = ${copiesInSql(complete, 't.sent', 'u.size')}
     from (
       select token_id, version_id, sum(requests)::bigint as requests, sum(sent)::bigint as sent,
         coalesce(sum(sent) filter (where class = 'bot'), 0)::bigint as bot_sent,
         max(last_at) as last_at, range_agg(int8multirange(int8range(0, covered_to)) + coalesce(covered, '{}')) as covered
       from transfers where token_id = any($1::text[])
       group by token_id, version_id
     ) t
     where u.token_id = t.token_id and u.version_id = t.version_id`,
    [[...tokens]],
  );
  await tx`
    delete from token_usage u
    where u.token_id = any(${[...tokens]}::text[]) and not exists (
      select from transfers t where t.token_id = u.token_id and t.version_id = u.version_id)`;
  const files = used.map(({ token, path }) => ({ token: token.id, path }));
  await unchargeFiles(tx, used, await denySpent(tx, files, retryGrace));
}

async function filesUsed(tx: postgres.TransactionSql, tokens: readonly string[]): Promise<TokenFile[]> {
  const rows = await tx<(TokenShape & { path: string })[]>`
    select distinct t.id, t.paths, t.prefix, f.path
      from token_usage u join tokens t on t.id = u.token_id join files f on f.id = u.file_id
     where u.token_id = any(${[...tokens]}::text[])`;
  return rows.map(({ path, ...token }) => ({ token, path }));
}
