// Whether imports can be taken back exactly. All is looked at before anything is changed.

import type { Sql } from '../../../db/connection.ts';
import { UserError } from '../../../user-error.ts';
import { tokensNotKept } from '../../store/uncharge.ts';
import type { Import } from './imports.ts';
import { withThoseThatRestOnThem } from './later-lines.ts';

/** @throws UserError where one of them cannot be taken back exactly, with what can be done */
export async function checkImports(sql: Sql, imports: readonly Import[]): Promise<void> {
  // One that was begun was found to be whole. Nothing was imported since.
  const fresh = imports.filter(({ state }) => state !== 'unfinished');
  await checkRests(sql, fresh);
  for (const one of fresh) await checkKept(sql, one);
}

async function checkRests(sql: Sql, imports: readonly Import[]): Promise<void> {
  const ids = imports.map(({ id }) => id);
  const all = await withThoseThatRestOnThem(sql, ids);
  const others = all.filter((id) => !ids.includes(id));
  if (others.length === 0) return;
  const rows = await sql<{ id: string; path: string; kind: string }[]>`
    select id, path, kind from sources where id = any(${others}::bigint[]) order by id`;
  const names = rows.map(({ id, path }) => `${path} (${id})`).join(', ');
  const they = rows.length === 1 ? 'it' : 'they';
  const live = rows.find(({ kind }) => kind !== 'history');
  throw new UserError(
    `${imports.map(({ id, path }) => `${path} (${id})`).join(', ')}: ${names} was imported later and holds the same lines; ${they} would lose them`,
    live
      ? `An agent follows ${live.path} (${live.id}): it cannot be taken back, and so this cannot.`
      : `Take back all of them, then import again what is to stay: tallygate ingest${all
          .sort((a, b) => Number(a) - Number(b))
          .map((id) => ` --undo ${id}`)
          .join('')}`,
  );
}

/** What it has counted is still there to be told from the rest: in transfers, and in the usage of tokens. */
async function checkKept(sql: Sql, one: Import): Promise<void> {
  let kept = 0;
  const tokens = new Set<string>();
  for (const { day } of await daysOf(sql, one.id)) {
    for (const row of await sql<{ token_id: string; requests: string }[]>`
      select token_id, sum(requests) as requests from (
        select token_id, requests from transfers where day = ${day} and import_id = ${one.id}
        union all
        select token_id, requests from transfer_shares where day = ${day} and import_id = ${one.id}
      ) t group by token_id`) {
      kept += Number(row.requests);
      if (row.token_id !== '') tokens.add(row.token_id);
    }
  }
  if (kept !== one.requests)
    throw new UserError(
      `${one.path} (${one.id}) can no longer be taken back: of ${one.requests - kept} of its ${one.requests} requests the days are closed, and their transfers were dropped`,
      'An import can be taken back within a week, and as long as its days are younger than count.retention_days. Nothing was changed.',
    );
  const [lost] = await tokensNotKept(sql, [...tokens]);
  if (lost !== undefined)
    throw new UserError(
      `${one.path} (${one.id}) cannot be taken back: it holds downloads with the token ${lost}, which has others on days that are closed`,
      'What that token has used could not be told any more. Nothing was changed.',
    );
}

/** The days of an import that are not taken back yet, oldest first, as text. */
export async function daysOf(sql: Sql, id: string): Promise<{ day: string }[]> {
  return sql<{ day: string }[]>`
    select distinct day::text from import_lines where source_id = ${id} order by day`;
}
