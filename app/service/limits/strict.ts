// `enforce = strict`: whether one more request may begin. The limit holds to the request, however many ask at once.
//
// The tallies learn of a request when it ends. Until then it reserves the most that it can send. A request begins only
// if the copies spent and reserved leave room for it, and if no more than max_copies + 1 times the file's size would
// be sent in all. When the record of an aborted download is counted, what it did not send is free again.
//
// What was sent may not have arrived. So when a file's copies are spent, a download of it may still be resumed, until it
// is denied and within the same bytes. It may not begin anew: that would be one copy too many.
//
// We need not know which admission a record belongs to: for each path, n counted requests release the n oldest
// admissions. A request without a record (a 304) stays reserved for a day. A client that has gone before we could
// answer reserves nothing.

import { holderOf } from '../../../njs/link/holder.ts';
import type { Sql } from '../../db/connection.ts';
import { inTransaction } from '../../db/transaction.ts';
import { chargedCopies } from '../../denials/denials.ts';
import { subjectsOf, type TokenShape } from '../../denials/subjects.ts';
import { isResume, mostBytes } from './range.ts';

export type StrictRequest = {
  /** as in the link: a token, or one file of a token */
  token: string;
  /** decoded, as NGINX's $uri */
  path: string;
  method: string;
  range: string | undefined;
  ifRange: string | undefined;
};

/** `reason` is for the log. The client gets 410 for a token that has ended, and 403 for anything else. */
export type Verdict =
  | { allowed: true }
  | { allowed: false; reason: 'unknown' | 'revoked' | 'exhausted' | 'busy' | 'gone' };

const forgottenAfter = '1 day';

type TokenRow = TokenShape & { max_copies: number | null; revoked: boolean };
type Use = { copies: string; sent: string; requests: string; size: string | null };
type Reserved = { bytes: string | null };

/**
 * Decides on a request. If it may begin, reserves the most that it can send.
 * @param hasGone whether nobody waits for the answer any more, as when PostgreSQL hung and NGINX gave up
 */
export async function authorize(
  sql: Sql,
  request: StrictRequest,
  now: number,
  hasGone: () => boolean,
): Promise<Verdict> {
  const token = await findToken(sql, holderOf(request.token));
  const standing = await judge(sql, token, request.path, now);
  if (!standing.allowed || token?.max_copies == null || request.method === 'HEAD') return standing;
  return inTransaction(sql, async (transaction) => {
    const tx = transaction as unknown as Sql;
    // One request of a token at a time: each sees what the others have reserved.
    await tx`select from tokens where id = ${token.id} for update`;
    const verdict = await admit(tx, { ...request, token: token.id }, token.max_copies as number, now);
    // As late as possible: most of the waiting is over by now.
    if (verdict.allowed && hasGone()) throw new Gone();
    return verdict;
  }).catch((error: unknown) => {
    if (error instanceof Gone) return { allowed: false, reason: 'gone' };
    throw error;
  });
}

/** Thrown to undo the transaction. */
class Gone extends Error {}

async function findToken(sql: Sql, id: string): Promise<TokenRow | undefined> {
  const [row] = await sql<TokenRow[]>`
    select id, paths, prefix, max_copies, revoked_at is not null as revoked from tokens where id = ${id}`;
  return row;
}

async function judge(sql: Sql, token: TokenRow | undefined, path: string, now: number): Promise<Verdict> {
  if (!token) return { allowed: false, reason: 'unknown' };
  if (token.revoked) return { allowed: false, reason: 'revoked' };
  if (token.max_copies === null) return { allowed: true };
  const denied = await sql`
    select from denials
     where kind = 't' and subject = any(${[token.id, ...subjectsOf(token, path)]}) and starts_at <= ${new Date(now)}`;
  return denied.length > 0 ? { allowed: false, reason: 'exhausted' } : { allowed: true };
}

async function admit(sql: Sql, request: StrictRequest, maxCopies: number, now: number): Promise<Verdict> {
  const { token, path } = request;
  const [use] = await sql<Use[]>`
    select coalesce(${chargedCopies(sql)}, 0) as copies, coalesce(sum(u.sent), 0) as sent,
           coalesce(sum(u.requests), 0) as requests,
           coalesce(max(u.size), (select v.size from file_versions v join files f on f.id = v.file_id
                                   where f.path = ${path} order by v.created_at desc limit 1)) as size
      from token_usage u join files f on f.id = u.file_id
     where u.token_id = ${token} and f.path = ${path}`;
  const counted = { copies: Number(use?.copies), sent: Number(use?.sent), requests: Number(use?.requests) };
  const isSpent = counted.copies >= maxCopies;
  if (isSpent && !isResume(request.range)) return { allowed: false, reason: 'exhausted' };
  const reserved = await sql<Reserved[]>`
    select bytes from (
      select bytes, admitted_at from strict_admissions
       where token_id = ${token} and path = ${path} order by seq offset ${counted.requests}) as under_way
     where admitted_at > ${new Date(now)}::timestamptz - interval '${sql.unsafe(forgottenAfter)}'`;

  const size = use?.size == null ? undefined : Number(use.size);
  const asked = mostBytes(request.range, request.ifRange, size);
  // Counted in copies: a share of the file if its size is known, else a whole copy.
  const share = (bytes: number | undefined) => (size && bytes !== undefined ? bytes / size : 1);
  const underWay = reserved.reduce(
    (sum, { bytes }) => sum + share(bytes === null ? undefined : Number(bytes)),
    0,
  );
  const room = isSpent || counted.copies + underWay + share(asked) <= maxCopies;
  const budget = size ? counted.sent / size + underWay + share(asked) <= maxCopies + 1 : true;
  // What is under way may still be released, so the token is busy and not yet exhausted.
  if (!budget) return { allowed: false, reason: underWay > 0 ? 'busy' : 'exhausted' };
  if (!room) return { allowed: false, reason: 'busy' };
  await sql`
    insert into strict_admissions (token_id, path, bytes, admitted_at)
    values (${token}, ${path}, ${asked ?? null}, ${new Date(now)})`;
  return { allowed: true };
}
