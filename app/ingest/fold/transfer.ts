// What a transfer has come to: 0 nothing, 1 a download, 3 a completed one. Said once for PostgreSQL, which joins
// a transfer with what is there already, and once for transfers that are new; a test holds both together.

import type { Fold } from './fold.ts';

/** count_min_bytes and complete_ratio. */
export type Policy = { readonly minBytes: number; readonly completeRatio: number };

/** The state of a transfer as the fold has it. An unknown size (0) cannot be completed. */
export function stateOf(fold: Fold, index: number, { minBytes, completeRatio }: Policy): 0 | 1 | 3 {
  if ((fold.sent[index] as number) < minBytes) return 0;
  const size = fold.names.versions[fold.version[index] as number]?.size ?? 0;
  if (size <= 0) return 1;
  let covered = fold.front[index] as number;
  const beyond = fold.beyond.get(index) ?? [];
  for (let i = 0; i < beyond.length; i += 2) covered += (beyond[i + 1] as number) - (beyond[i] as number);
  return covered >= completeRatio * size ? 3 : 1;
}

/** The same in SQL, $1 count_min_bytes and $2 complete_ratio. */
export function stateInSql(sent: string, size: string, front: string, rest: string): string {
  const covered = `case when ${rest} is null then ${front} else covered_bytes(${front}, ${rest}) end`;
  return `(case when ${sent} < $1::bigint then 0
      when ${size} > 0 and ${covered} >= $2::float8 * ${size} then 3 else 1 end)::smallint`;
}

/**
 * A statement with the policy written into it. As parameters Citus would lose them where a statement joins a temporary
 * table of ours with a distributed one; they are numbers from the configuration, the same for all of a process.
 */
export function withPolicy(statement: string, { minBytes, completeRatio }: Policy): string {
  return statement.replaceAll('$1', String(minBytes)).replaceAll('$2', String(completeRatio));
}
