// The arithmetic of a transfer: what it has come to, how many copies it is, and in which bucket of the tallies it counts.
// Each is said twice, side by side: in TypeScript for transfers that are new, in SQL for those that PostgreSQL joins with
// what it has. test/ingest/fold/transfer.test.ts holds the two together.

import type { FilePolicy } from '../record/names.ts';
import type { Fold } from './fold.ts';
import type { FolderPolicy } from './folders.ts';

/** [count]: min_bytes and complete_ratio, and where folders have others. */
export type Policy = FilePolicy & { readonly folders?: readonly FolderPolicy[] };

/** 0 nothing; bit 0: a download; bit 1: a completed one. */
export type State = 0 | 1 | 3;

/** The state of a transfer as the fold has it. An unknown size (0) cannot be completed. */
export function stateOf(fold: Fold, index: number, policy: FilePolicy): State {
  const version = fold.names.versions[fold.version[index] as number];
  const { minBytes, completeRatio } = version?.policy ?? policy;
  if ((fold.sent[index] as number) < minBytes) return 0;
  const size = version?.size ?? 0;
  if (size <= 0) return 1;
  let covered = fold.front[index] as number;
  const beyond = fold.beyond.get(index) ?? [];
  for (let i = 0; i < beyond.length; i += 2) covered += (beyond[i + 1] as number) - (beyond[i] as number);
  return covered >= completeFrom(completeRatio, size) ? 3 : 1;
}

/** From how many covered bytes on a file of this size is complete. */
export function completeFrom(completeRatio: number, size: number): number {
  return Math.ceil(completeRatio * size);
}
export function completeFromInSql(completeRatio: string, size: string): string {
  return `ceil(${completeRatio} * ${size})::bigint`;
}

/** Two numbers of a transfer whose folder has a policy of its own, as SQL; null where it has none. */
type OwnPolicyInSql = { minBytes: string; completeFrom: string };

/** The same in SQL, $1 count_min_bytes and $2 complete_ratio where the folder has no other. */
export function stateInSql(
  sent: string,
  size: string,
  front: string,
  rest: string,
  own: OwnPolicyInSql,
): string {
  const from = `coalesce(${own.completeFrom}, ${completeFromInSql('$2::float8', size)})`;
  return `(case when ${sent} < coalesce(${own.minBytes}, $1::bigint) then 0
      when ${isCompleteInSql(size, front, rest, from)} then 3 else 1 end)::smallint`;
}

/** Whether a file is covered, by its front and the rest of its ranges (null: none). */
export function isCompleteInSql(size: string, front: string, rest: string, from: string): string {
  const covered = `case when ${rest} is null then ${front} else covered_bytes(${front}, ${rest}) end`;
  return `${size} > 0 and ${covered} >= ${from}`;
}

/** 1 for a download, otherwise 0. */
export function downloadOf(state: State): number {
  return state & 1;
}
export function downloadInSql(state: string): string {
  return `(${state} & 1)`;
}

/** 1 for a completed download, otherwise 0. */
export function completedOf(state: State): number {
  return state >> 1;
}
export function completedInSql(state: string): string {
  return `(${state} >> 1)`;
}

/** How many copies a transfer is: one when it is complete, and one for each further size of the file that was sent. */
export function copiesOf(state: State, sent: number, size: number): number {
  return state >= 2 ? Math.max(1, Math.floor(sent / size)) : 0;
}
export function copiesInSql(isComplete: string, sent: string, size: string): string {
  return `(case when ${isComplete} then greatest(1, ${sent} / ${size}) else 0 end)`;
}

/** 1 for a download of a file whose size is not known, otherwise 0: nobody can say whether it was completed. */
export function sizeUnknownOf(state: State, size: number): number {
  return size > 0 ? 0 : downloadOf(state);
}
export function sizeUnknownInSql(state: string, size: string): string {
  return `(case when ${size} > 0 then 0 else ${downloadInSql(state)} end)`;
}

/** Milliseconds. */
export const bucketLength = 900_000;

/** The bucket in which a transfer that began at this time (milliseconds since 1970) counts: quarters of an hour since 1970. */
export function bucketOf(began: number): number {
  return Math.floor(began / bucketLength);
}
/** The same as a timestamptz. */
export function bucketInSql(began: string): string {
  return `date_bin('15 min', ${began}, timestamptz '2000-01-01 00:00Z')`;
}

/**
 * A statement with the policy written into it. As parameters Citus would lose them where a statement joins a temporary
 * table of ours with a distributed one; they are numbers from the configuration, the same for all of a process.
 */
export function withPolicy(statement: string, { minBytes, completeRatio }: Policy): string {
  return statement.replaceAll('$1', String(minBytes)).replaceAll('$2', String(completeRatio));
}
