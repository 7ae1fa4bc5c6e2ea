// Spreads a Tallygate database over the workers of a Citus cluster. Tables that grow with traffic are distributed. Tables
// that grow with the number of files are copied to every worker. The rest stays on the coordinator. No statement
// changes: the same code runs on one server and on many.

import { UserError } from '../user-error.ts';
import { connect, explainConnection, type Sql } from './connection.ts';

/**
 * What is distributed, and by which column. Transfers by visitor: a file that everybody fetches at once has as many
 * visitors as downloads, so its transfers spread over all workers. Sums by file: they are few rows, however popular the
 * file is.
 */
export const distributed = [
  { table: 'transfers', column: 'visitor', with: 'none' },
  { table: 'transfer_shares', column: 'visitor', with: 'transfers' },
  { table: 'tallies', column: 'file_id', with: 'none' },
  { table: 'tally_dimensions', column: 'file_id', with: 'tallies' },
  { table: 'tally_file_visitors', column: 'file_id', with: 'tallies' },
  { table: 'estimated_days', column: 'file_id', with: 'tallies' },
  { table: 'tally_days', column: 'file_id', with: 'tallies' },
  { table: 'tally_months', column: 'file_id', with: 'tallies' },
] as const;

/** Small tables that are joined with those: every worker has a whole copy. */
export const reference = ['files', 'file_versions', 'origins'] as const;

/** Functions that the workers call. */
const functions = [
  'covered_union(bigint, int8multirange, bigint, int8multirange)',
  'covered_front(int8multirange)',
  'covered_rest(int8multirange)',
  'covered_bytes(bigint, int8multirange)',
];

export type Distribution = { workers: number; changed: string[] };

/**
 * Distributes what is not distributed yet. It may run again at any time, also after a migration that adds tables.
 * @throws UserError when this is not a Citus coordinator with workers
 */
export async function distribute(databaseUrl: string, say: (text: string) => void): Promise<Distribution> {
  const sql = connect(databaseUrl, { max: 1 });
  try {
    const workers = await requireCitus(sql);
    const there = new Set(
      (await sql<{ name: string }[]>`select table_name::text as name from citus_tables`).map(
        ({ name }) => name,
      ),
    );
    const changed: string[] = [];
    const change = async (name: string, run: () => Promise<unknown>) => {
      if (there.has(name)) return;
      say(`${name} ...`);
      await run();
      changed.push(name);
    };
    // Functions first: columns and statements of the tables call them.
    for (const signature of functions) await sql`select create_distributed_function(${signature})`;
    for (const table of reference) await change(table, () => sql`select create_reference_table(${table})`);
    for (const { table, column, with: group } of distributed)
      await change(
        table,
        () => sql`select create_distributed_table(${table}, ${column}, colocate_with => ${group})`,
      );
    await dropLocalCopies(sql);
    await letReaderReadShards(sql);
    return { workers, changed };
  } catch (error) {
    throw explainConnection(error, databaseUrl);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/**
 * Rows from before are on the workers now. The coordinator still has a copy that nobody can see: it is removed. Every
 * table is looked at, because an earlier run may have stopped between the two steps. A table without such a copy is left
 * alone, because the removal locks it.
 */
async function dropLocalCopies(sql: Sql): Promise<void> {
  for (const table of [...reference, ...distributed.map(({ table }) => table)]) {
    const [local] = await sql<{ bytes: string }[]>`
      select sum(pg_relation_size(oid)) as bytes
      from (select ${table}::regclass union select inhrelid from pg_inherits where inhparent = ${table}::regclass) t(oid)`;
    if (Number(local?.bytes) > 0) await sql`select truncate_local_data_after_distributing_table(${table})`;
  }
}

/**
 * A view reads its tables with the rights of its owner. Citus, however, runs its part of the query with the rights of
 * whoever asks. So the reader of reports needs rights of its own: to the tables on the workers, and to those columns of
 * the tables joined with them that report.tokens and report.token_files show.
 */
async function letReaderReadShards(sql: Sql): Promise<void> {
  const [role] = await sql`select from pg_roles where rolname = 'tallygate_reader'`;
  if (!role) return;
  const tables = [...reference, ...distributed.map(({ table }) => table)];
  await sql`grant select on ${sql(tables)} to tallygate_reader`;
  await sql`grant select (id, label, customer, paths, prefix, created_at, expires_at, finish_by, revoked_at, max_copies)
    on tokens to tallygate_reader`;
  await sql`grant select (token_id, version_id, file_id, size, sent, bot_sent, copies, requests, last_at) on token_usage to tallygate_reader`;
  await sql`grant select (kind, subject, spent_by, starts_at) on denials to tallygate_reader`;
}

/** The number of workers. */
async function requireCitus(sql: Sql): Promise<number> {
  const [extension] = await sql<{ version: string }[]>`
    select extversion as version from pg_extension where extname = 'citus'`;
  if (!extension)
    throw new UserError(
      'this database has not the extension citus',
      "Put citus into shared_preload_libraries of every node, restart them, run create extension citus in this database on each, and name the workers with select citus_add_node('host', 5432).",
    );
  if (Number.parseInt(extension.version, 10) < 13)
    throw new UserError(`Citus ${extension.version} is too old`, 'Use Citus 13 or newer.');
  const [row] = await sql<{ workers: number; coordinator: boolean; migrated: boolean }[]>`
    select count(*) filter (where shouldhaveshards and isactive)::int as workers,
      bool_or(groupid = 0) as coordinator, to_regclass('transfers') is not null as migrated
    from pg_dist_node`;
  if (!row?.migrated) throw new UserError("this database lacks Tallygate's tables", 'Run: tallygate migrate');
  if (row.workers === 0)
    throw new UserError(
      'this coordinator knows no worker that takes shards',
      "Name them: select citus_add_node('host', 5432).",
    );
  if (!row.coordinator)
    throw new UserError(
      'the workers do not know the coordinator, and local tables could not be joined with theirs',
      "Name it: select citus_set_coordinator_host('host', 5432).",
    );
  return row.workers;
}
