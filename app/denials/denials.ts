// Who may download no more: the rows of `denials`. Everyone who writes one writes it here, so that all begin and end by the
// same rules. Agents read them into the deny folders (app/agent/deny-folder.ts); `report.denials` shows those that hold now.

import type postgres from 'postgres';
import type { Sql } from '../db/connection.ts';
import { fileIdsOf, isList, subjectsOf, type TokenShape } from './subjects.ts';

/** Inside a transaction: the denial is then written together with what it follows from. */
type Transaction = Sql | postgres.TransactionSql;

/** What a token has used up: its copies, or the bytes that it may be sent in all. */
export type SpentBy = 'copies' | 'bytes';

/**
 * When a token's denial may be forgotten: an hour after its link has ended by itself. The hour is for hosts whose clocks
 * differ.
 */
const lifetime = `greatest(expires_at, finish_by) + interval '1 hour'`;

// Who is denied already is so from the earlier of both moments on, and for the reason of that one. What was spent stays
// noted.
const earlier = `
  on conflict (kind, subject) do update
    set reason = excluded.reason, spent_by = coalesce(excluded.spent_by, d.spent_by), starts_at = excluded.starts_at
    where excluded.starts_at < d.starts_at`;

/** Makes every edge refuse all links of these tokens from now on. */
export async function revokeTokens(tx: Transaction, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  // All ids that the links of a token carry (subjects.ts).
  await tx`
    insert into denials as d (kind, subject, reason, until)
    select 't', subject, 'revoked', ${tx.unsafe(lifetime)}
      from tokens, lateral (
        select id as subject
        union all select id || '-' || n from generate_series(1, cardinality(paths)) n where cardinality(paths) > 1
      ) s
     where id = any(${[...ids]}::text[])
     order by subject
    ${tx.unsafe(earlier)}`;
  await announce(tx);
}

/**
 * SQL: the copies of a file that its limit is charged with, over rows `u` of token_usage: all but the first whole one of bots.
 * report.token_files says it once more.
 */
export const chargedCopies = (tx: Transaction) =>
  tx`sum(u.copies) - case when sum(u.copies) > 0 and sum(u.bot_sent) >= max(u.size) then 1 else 0 end`;

export type TokenFile = { token: TokenShape; path: string };
/** A file of a token that may be fetched no more, from `after` seconds on. */
export type SpentFile = TokenFile & { by: SpentBy; after: number };

/**
 * Makes every edge refuse these files of their tokens. When all files that a token names are spent, the token itself is,
 * from the moment on in which the last of its links ends.
 */
export async function denySpentFiles(tx: Transaction, files: readonly SpentFile[]): Promise<void> {
  if (files.length === 0) return;
  const rows = files.flatMap(({ token, path, by, after }) =>
    subjectsOf(token, path).map((subject) => ({ token: token.id, subject, by, after })),
  );
  await tx`
    insert into denials as d (kind, subject, reason, spent_by, starts_at, until)
    select 't', subject, 'exhausted', spent_by, now() + make_interval(secs => after), ${tx.unsafe(lifetime)}
      from unnest(${rows.map(({ token }) => token)}::text[], ${rows.map(({ subject }) => subject)}::text[],
                  ${rows.map(({ by }) => by)}::text[], ${rows.map(({ after }) => after)}::float8[])
           as u (token, subject, spent_by, after)
      join tokens on id = token
     order by subject
    ${tx.unsafe(earlier)}`;
  const several = [...new Set(files.map(({ token }) => token).filter(isList))];
  if (several.length > 0) await denySpentTokens(tx, several);
  await announce(tx);
}

async function denySpentTokens(tx: Transaction, tokens: readonly TokenShape[]): Promise<void> {
  const named = tokens.flatMap((token) => fileIdsOf(token).map((id) => ({ token: token.id, id })));
  await tx`
    insert into denials as d (kind, subject, reason, spent_by, starts_at, until)
    select 't', id, 'exhausted', spent_by, starts_at, ${tx.unsafe(lifetime)}
      from (
        select token, max(starts_at) as starts_at,
          case when bool_or(spent_by = 'bytes') then 'bytes' else 'copies' end as spent_by
          from unnest(${named.map(({ token }) => token)}::text[], ${named.map(({ id }) => id)}::text[])
               as u (token, subject)
          left join denials s on s.kind = 't' and s.subject = u.subject and s.spent_by is not null
         group by token
        having count(s.subject) = count(*)
      ) spent
      join tokens on id = token
     order by id
    ${tx.unsafe(earlier)}`;
}

/**
 * Takes back that files are spent: what they were charged with was not the tokens'. What was revoked stays so. Edges let the
 * others in within a minute.
 * @param used every file that these tokens were charged with
 * @param spent those of them that are spent all the same
 */
export async function unchargeFiles(
  tx: Transaction,
  used: readonly TokenFile[],
  spent: readonly TokenFile[],
): Promise<void> {
  const namesOf = (files: readonly TokenFile[]) =>
    files.flatMap(({ token, path }) => subjectsOf(token, path));
  const stays = new Set(namesOf(spent));
  const lists = used.map(({ token }) => token).filter(isList);
  for (const token of lists) if (fileIdsOf(token).every((id) => stays.has(id))) stays.add(token.id);
  const names = new Set([...namesOf(used), ...lists.map(({ id }) => id)]);
  const freed = [...names].filter((name) => !stays.has(name));
  await tx`delete from denials where kind = 't' and reason = 'exhausted' and subject = any(${freed}::text[])`;
  await tx`update denials set spent_by = null where kind = 't' and subject = any(${freed}::text[])`;
}

/** Makes every edge refuse a visitor from now on. A visitor has another name on the next UTC day. */
export async function denyVisitor(
  tx: Transaction,
  visitor: string,
  reason: string,
  until: Date,
): Promise<void> {
  await tx`
    insert into denials (kind, subject, reason, until)
    values ('v', ${visitor}, ${reason}, ${until})
    on conflict (kind, subject) do update set reason = excluded.reason, until = excluded.until,
      created_at = excluded.created_at, starts_at = excluded.starts_at`;
  await announce(tx);
}

/** Lets a visitor in again. The denial ends and stays: an agent that missed the notice sees within a second that it ended. */
export async function letVisitorIn(tx: Transaction, visitor: string): Promise<void> {
  await tx`
    update denials set until = now()
    where kind = 'v' and subject = ${visitor} and (until is null or until > now())`;
  await announce(tx);
}

/**
 * Deletes visitors' denials that ended before a time. A token's stays as long as the token: it says what was spent, and
 * when.
 */
export async function forgetDenials(sql: Sql, before: Date): Promise<void> {
  await sql`delete from denials where kind = 'v' and until < ${before}`;
}

async function announce(tx: Transaction): Promise<void> {
  await tx`notify tallygate_denials`;
}
