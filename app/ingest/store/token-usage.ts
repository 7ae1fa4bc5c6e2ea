// What was downloaded with each token that was issued here: for each file version the union of all ranges, whoever fetched
// them and on whatever day. The transaction that counts the last copy of a limited token's file also denies it.

import type postgres from 'postgres';
import { chargedCopies, denySpentFiles, type SpentBy, type SpentFile } from '../../denials/denials.ts';
import type { TokenShape } from '../../denials/subjects.ts';
import type { Fold } from '../fold/fold.ts';
import { addRange, type Ranges } from '../fold/ranges.ts';
import { completeFrom, copiesInSql, isCompleteInSql } from '../fold/transfer.ts';
import { compareIds, toBigint } from '../record/ids.ts';
import type { Version } from '../record/names.ts';
import { mergedFront, mergedRest } from './merge-sql.ts';

type Usage = {
  token: string;
  version: number;
  requests: number;
  sent: number;
  botSent: number;
  lastAt: number;
  ranges: Ranges;
};

/**
 * Adds a batch's requests to the usage of its tokens.
 * @param retryGrace seconds that a token has after its last copy
 */
export async function storeTokenUsage(
  tx: postgres.TransactionSql,
  fold: Fold,
  completeRatio: number,
  retryGrace: number,
): Promise<void> {
  const tokens = [...new Set(fold.token.subarray(0, fold.size))].map(
    (token) => fold.names.tokens[token] ?? '',
  );
  const named = tokens.filter((token) => token !== '');
  if (named.length === 0) return;
  const rows = await tx<{ id: string; limited: boolean }[]>`
    select id, max_copies is not null as limited from tokens where id = any(${named}::text[])`;
  if (rows.length === 0) return;
  const usages = sumUsage(fold, new Set(rows.map((row) => row.id)));
  await upsertUsage(tx, fold, usages, completeRatio);
  const limited = new Set(rows.filter((row) => row.limited).map((row) => row.id));
  const fetched = usages
    .filter(({ token }) => limited.has(token))
    .map(({ token, version }) => ({ token, path: fold.names.versions[version]?.path ?? '' }));
  if (fetched.length > 0) await denySpent(tx, fetched, retryGrace);
}

/** Sums a fold's transfers over visitors and days. */
function sumUsage(fold: Fold, issued: ReadonlySet<string>): Usage[] {
  const sums = new Map<string, Usage>();
  for (let index = 0; index < fold.size; index += 1) {
    const token = fold.names.tokens[fold.token[index] as number] ?? '';
    if (!issued.has(token)) continue;
    const version = fold.version[index] as number;
    const key = `${token} ${version}`;
    const sum = sums.get(key) ?? { token, version, requests: 0, sent: 0, botSent: 0, lastAt: 0, ranges: [] };
    sums.set(key, sum);
    sum.requests += fold.count[index] as number;
    sum.sent += fold.sent[index] as number;
    if (fold.names.origins[fold.origin[index] as number]?.class === 'bot')
      sum.botSent += fold.sent[index] as number;
    sum.lastAt = Math.max(sum.lastAt, fold.lastAt[index] as number);
    const front = fold.front[index] as number;
    if (front > 0) addRange(sum.ranges, 0, front);
    const beyond = fold.beyond.get(index) ?? [];
    for (let i = 0; i < beyond.length; i += 2)
      addRange(sum.ranges, beyond[i] as number, beyond[i + 1] as number);
  }
  return [...sums.values()];
}

/** So many rows of usage go to PostgreSQL at once: a batch may have one for each of its transfers. */
const rowsAtOnce = 2000;

async function upsertUsage(
  tx: postgres.TransactionSql,
  fold: Fold,
  usages: Usage[],
  completeRatio: number,
): Promise<void> {
  const rows = usages
    .flatMap((usage) => {
      const of = fold.names.versions[usage.version];
      return of === undefined ? [] : [{ usage, of }];
    })
    .sort((a, b) => compare(a.usage.token, b.usage.token) || compareIds(a.of.id, b.of.id));
  for (let first = 0; first < rows.length; first += rowsAtOnce)
    await upsertRows(tx, rows.slice(first, first + rowsAtOnce), completeRatio);
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

type Row = { usage: Usage; of: Version };

async function upsertRows(
  tx: postgres.TransactionSql,
  rows: readonly Row[],
  completeRatio: number,
): Promise<void> {
  const covered = rows.map(({ usage }) => frontAndRest(usage.ranges));
  await tx.unsafe(
    `insert into token_usage as t
       (token_id, version_id, file_id, size, sent, covered_to, covered, copies, requests, last_at, complete_from, bot_sent)
     select token_id, version_id, file_id, size, sent, covered_to, covered,
       ${copiesOf('covered_to', 'covered', 'size', 'sent', 'complete_from')}, requests, last_at, complete_from, bot_sent
     from unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
       $7::int8multirange[], $8::bigint[], $9::timestamptz[], $10::bigint[], $11::bigint[])
       as u(token_id, version_id, file_id, size, sent, covered_to, covered, requests, last_at, complete_from, bot_sent)
     on conflict (token_id, version_id) do update set
       sent = t.sent + excluded.sent,
       covered_to = ${mergedFront},
       covered = ${mergedRest},
       copies = ${copiesOf(`(${mergedFront})`, `(${mergedRest})`, 't.size', '(t.sent + excluded.sent)', 'excluded.complete_from')},
       complete_from = excluded.complete_from,
       bot_sent = t.bot_sent + excluded.bot_sent,
       requests = t.requests + excluded.requests,
       last_at = greatest(t.last_at, excluded.last_at)`,
    [
      rows.map(({ usage }) => usage.token),
      rows.map(({ of }) => toBigint(of.id).toString()),
      rows.map(({ of }) => toBigint(of.file).toString()),
      rows.map(({ of }) => of.size),
      rows.map(({ usage }) => usage.sent),
      covered.map(({ front }) => front),
      covered.map(({ rest }) => rest),
      rows.map(({ usage }) => usage.requests),
      rows.map(({ usage }) => new Date(usage.lastAt).toISOString()),
      rows.map(({ of }) => completeFrom(of.policy?.completeRatio ?? completeRatio, of.size)),
      rows.map(({ usage }) => usage.botSent),
    ],
  );
}

/** The copies of a file that a token has fetched. count.min_bytes is for visitors' transfers and plays no part here. */
function copiesOf(front: string, rest: string, size: string, sent: string, from: string): string {
  return copiesInSql(isCompleteInSql(size, front, rest, from), sent, size);
}

function frontAndRest(ranges: Ranges): { front: number; rest: string | null } {
  const front = ranges[0] === 0 ? (ranges[1] as number) : 0;
  const rest = ranges[0] === 0 ? ranges.slice(2) : ranges;
  const pairs = Array.from({ length: rest.length / 2 }, (_, i) => `[${rest[2 * i]},${rest[2 * i + 1]})`);
  return { front, rest: pairs.length === 0 ? null : `{${pairs.join(',')}}` };
}

/**
 * A file of a token is spent when its copies are used up, and denied `retryGrace` later: what NGINX has sent may not have
 * arrived, and the customer resumes.
 *
 * Of no file may a token have more: when `max_copies + 1` times its size was sent, or a further copy (of another version)
 * is complete, it is denied at once. That bounds the grace, and ends those who stay just short of completion.
 *
 * The first whole copy that bots fetch (link previewers, mail scanners) is not the customer's: it spends nothing, but takes
 * from that one copy more.
 *
 * A path is one file, whatever name the client calls the host by.
 *
 * Returns the files that are spent.
 */
export async function denySpent(
  tx: postgres.TransactionSql,
  fetched: readonly { token: string; path: string }[],
  retryGrace: number,
): Promise<SpentFile[]> {
  type Row = TokenShape & { path: string; at_once: boolean; by: SpentBy };
  const spent = await tx<Row[]>`
    with per_file as (
      select t.id, t.paths, t.prefix, t.max_copies, f.path, sum(u.copies) as copies,
        ${chargedCopies(tx)} as charged,
        max(u.size) > 0 and sum(u.sent) >= (t.max_copies + 1) * max(u.size)::numeric as over_budget
      from tokens t join token_usage u on u.token_id = t.id join files f on f.id = u.file_id
      where (t.id, f.path) in (
        select * from unnest(${fetched.map(({ token }) => token)}::text[], ${fetched.map(({ path }) => path)}::text[]))
      group by t.id, f.path
    )
    select id, paths, prefix, path, copies > max_copies or over_budget as at_once,
      case when over_budget and copies < max_copies then 'bytes' else 'copies' end as by
    from per_file
    where charged >= max_copies or copies > max_copies or over_budget`;
  const files = spent.map(({ at_once, by, path, ...token }) => ({
    token,
    path,
    by,
    after: at_once ? 0 : retryGrace,
  }));
  await denySpentFiles(tx, files);
  return files;
}
