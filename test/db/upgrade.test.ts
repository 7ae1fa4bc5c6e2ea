// An upgrade: a database that was filled under an earlier schema keeps every row, and what later migrations add to it
// agrees with what was there.

import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Sql } from '../../app/db/connection.ts';
import { distribute } from '../../app/db/distribute.ts';
import { migrate } from '../../app/db/migrate.ts';
import { projectRoot, temporaryFolder } from '../harness/folders.ts';
import { createDatabase } from '../harness/postgres.ts';

/** A folder like sql/ with the first `count` migrations alone, and without reports. */
async function earlierSchema(count: number): Promise<string> {
  const folder = await temporaryFolder('schema');
  const target = path.join(folder, 'migrations');
  await mkdir(path.join(target, 'meta'), { recursive: true });
  const source = path.join(projectRoot, 'sql/migrations');
  const journal = JSON.parse(await readFile(path.join(source, 'meta/_journal.json'), 'utf8')) as {
    entries: { tag: string }[];
  };
  journal.entries = journal.entries.slice(0, count);
  for (const { tag } of journal.entries)
    await cp(path.join(source, `${tag}.sql`), path.join(target, `${tag}.sql`));
  await writeFile(path.join(target, 'meta/_journal.json'), JSON.stringify(journal));
  return folder;
}

/** What a site holds after a while: files, downloads of two days, tallies, tokens, a cursor, a denial. */
const content = `
  insert into files (id, host, path) select n, 'dl.example.org', '/files/' || n from generate_series(1, 20) n;
  insert into file_versions (id, file_id, etag, size) select n, n, 'e' || n, 1000 from generate_series(1, 20) n;
  create table transfers_20261119 partition of transfers for values from ('2026-11-19') to ('2026-11-20');
  create table transfers_20261120 partition of transfers for values from ('2026-11-20') to ('2026-11-21');
  insert into transfers (visitor, version_id, file_id, origin_id, sent, size, covered_to, first_at, last_at, day,
      requests, class, state, token_id, edge)
    select v, 1 + v % 20, 1 + v % 20, 1, 1000, 1000, 1000, at, at, at::date, 1, 'person', 3, '', 'fra1'
    from generate_series(1, 500) v,
      lateral (select timestamptz '2026-11-19 00:00Z' + v * interval '5 minutes' as at) t
    where v * 5 < 2880;
  insert into tallies (file_id, bucket, class, edge, requests, downloads, completed, copies, bytes)
    select file_id, date_bin('15 minutes', first_at, timestamptz '2000-01-01Z'), class, edge, count(*), count(*), count(*), count(*), sum(sent)
    from transfers group by 1, 2, 3, 4;
  insert into sources (fingerprint, kind, position, lines, requests, edge) values ('\\x01', 'file', 50000, 500, 500, 'fra1');
  insert into denials (kind, subject, reason) values ('t', 'gone', 'revoked');
  insert into tokens (id, paths, expires_at) select 't' || n, array['/files/1'], now() from generate_series(1, 50) n;
`;

/** Every row of every table of ours, as JSON, by table. */
async function contentOf(sql: Sql, tables: readonly string[]): Promise<Record<string, string[]>> {
  const result: Record<string, string[]> = {};
  // A migration may ask for days to be rolled up again.
  for (const table of tables.filter((name) => name !== 'stale_days')) {
    const rows = await sql.unsafe(`select to_jsonb(t) as row from ${table} t`);
    result[table] = rows.map(({ row }) => JSON.stringify(row)).sort();
  }
  return result;
}

// After three everything is there that is distributed: on Citus it is, before the upgrade.
it.each([2, 3])('from %i migrations: keeps every row, and adds sums that agree with them', async (count) => {
  const { url, sql, drop } = await createDatabase({ template: false });
  onTestFinished(drop);
  await migrate(url, await earlierSchema(count));
  if (process.env.CITUS_URL && count === 3) await distribute(url, () => {});
  await sql.unsafe(content);
  if (count === 3) await sql`call refresh_rollups('2026-11-19', '2026-11-20')`;
  const rows = await sql<{ name: string }[]>`
    select relname as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
      and relname <> 'tallygate_migrations'`;
  const tables = rows.map(({ name }) => name);
  const before = await contentOf(sql, tables);
  expect(before.transfers).toHaveLength(500);
  await migrate(url);
  const after = await contentOf(sql, tables);
  for (const table of tables) {
    // A migration may add columns, never change what stands in those that were there.
    const columns = Object.keys(JSON.parse(before[table]?.[0] ?? '{}'));
    const kept = after[table]?.map((row) => JSON.stringify(JSON.parse(row), columns.sort()));
    const had = before[table]?.map((row) => JSON.stringify(JSON.parse(row), columns.sort()));
    expect(kept?.sort(), table).toEqual(had?.sort());
  }
  const [sums] = await sql`
    select (select sum(bytes) from tallies) as tallies, (select sum(bytes) from tally_days) as days,
      (select sum(bytes) from tally_months) as months, (select sum(bytes) from tally_totals) as totals,
      (select sum(bytes) from report.files) as report`;
  expect(sums).toEqual({
    tallies: '500000',
    days: '500000',
    months: '500000',
    totals: '500000',
    report: '500000',
  });
});
