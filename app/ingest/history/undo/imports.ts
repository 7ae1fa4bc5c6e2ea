// The imports that were made, and which of them a name on the command line means.

import type { Sql } from '../../../db/connection.ts';
import { UserError } from '../../../user-error.ts';

export type Import = {
  /** Its number: the id of its source. */
  id: string;
  /** As it was named on the command line. */
  path: string;
  edge: string;
  importedAt: Date;
  lines: number;
  requests: number;
  /** The first and the last UTC day of its lines whose transfers are kept; null where no day is. */
  firstDay: string | null;
  lastDay: string | null;
  /** `closed`: transfers of some of its days were dropped. `unfinished`: it is being taken back, and that was cut short. */
  state: 'whole' | 'closed' | 'unfinished';
};

/** All imports that were not taken back, oldest first. */
export async function listImports(sql: Sql): Promise<Import[]> {
  return sql<Import[]>`
    select s.id, s.path, s.edge, s.created_at as "importedAt", s.lines::float8 as lines, s.requests::float8 as requests,
      l.first_day::text as "firstDay", l.last_day::text as "lastDay",
      case when s.undone_at is not null then 'unfinished'
        -- every line that was counted or known has a hash as long as its day is kept
        when coalesce(l.hashes, 0) < s.requests + coalesce(k.lines, 0) then 'closed' else 'whole' end as state
    from sources s
    left join (
      select source_id, min(day) as first_day, max(day) as last_day, sum(octet_length(hashes)) / 8 as hashes
      from import_lines group by source_id
    ) l on l.source_id = s.id
    left join reject_counts k on k.source_id = s.id and k.reason = 'known'
    where s.kind = 'history'
    order by s.id`;
}

/**
 * The imports with these numbers or paths, each once.
 * @throws UserError where one is no import, or several have the path
 */
export async function findImports(sql: Sql, names: readonly string[]): Promise<Import[]> {
  const all = await listImports(sql);
  const found = names.map((name) => {
    const named = all.filter(({ id, path }) => id === name || path === name);
    const [one] = named;
    if (!one)
      throw new UserError(
        `${name} is no import`,
        'tallygate ingest --list names those that can be taken back. A log that an agent follows cannot.',
      );
    if (named.length > 1)
      throw new UserError(
        `${name} was imported ${named.length} times`,
        `Name one by its number: ${named.map(({ id }) => id).join(', ')} (tallygate ingest --list).`,
      );
    return one;
  });
  return [...new Set(found)];
}

/** @throws UserError where an import was taken back in part: others would take its lines for counted */
export async function refuseUnfinished(sql: Sql): Promise<void> {
  const [unfinished] = await sql<{ id: string; path: string }[]>`
    select id, path from sources where undone_at is not null order by id limit 1`;
  if (!unfinished) return;
  throw new UserError(
    `import ${unfinished.id} (${unfinished.path}) is taken back in part`,
    `First finish that: tallygate ingest --undo ${unfinished.id}`,
  );
}
