// What Citus asks of a schema, read from the catalogue of a plain PostgreSQL: CI has no Citus. With CITUS_URL set the
// other tests run on a real one.

import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { distribute, distributed, reference } from '../../app/db/distribute.ts';
import { migrate } from '../../app/db/migrate.ts';
import { openDays } from '../../app/ingest/store/partitions.ts';
import { dayOf } from '../../app/salts/file.ts';
import { createDatabase, type TestDatabase } from '../harness/postgres.ts';
import { tallygate } from '../harness/program.ts';
import { count, writerFor } from '../ingest/in-process.ts';
import { lines, visitor } from '../ingest/records.ts';

const names = [...distributed.map(({ table }) => table), ...reference];
let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

it.each(distributed)('every unique key of $table holds $column', async ({ table, column }) => {
  const rows = await database.sql<{ holds: boolean }[]>`
    select a.attnum = any(i.indkey) as holds from pg_index i
    join pg_attribute a on a.attrelid = i.indrelid and a.attname = ${column}
    where i.indrelid = ${table}::regclass and i.indisunique`;
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.every(({ holds }) => holds)).toBe(true);
});

it('what lies on the workers has no trigger, no foreign key and no identity', async () => {
  const triggers = await database.sql`
    select tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where c.relname = any(${names}) and tgname not like 'truncate_trigger%'`; // Citus's own, on Citus
  expect([...triggers]).toEqual([]);
  const columns = await database.sql`
    select attname from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relname = any(${names}) and a.attidentity <> ''`;
  expect([...columns]).toEqual([]);
});

it('functions that read distributed tables are in plpgsql: Citus plans no parameters of SQL functions', async () => {
  const pattern = `\\m(${distributed.map(({ table }) => table).join('|')})\\M`;
  const rows = await database.sql`
    select proname from pg_proc p join pg_language l on l.oid = p.prolang
    where p.pronamespace = 'report'::regnamespace and l.lanname = 'sql' and p.prosrc ~ ${pattern}`;
  expect([...rows]).toEqual([]);
});

it.skipIf(!process.env.CITUS_URL)('a file that everybody fetches lies on all workers alike', async () => {
  const { sql } = database;
  await openDays(sql, [dayOf(new Date('2026-11-20'))]);
  await sql`
    insert into transfers (visitor, version_id, file_id, origin_id, sent, size, covered_to, first_at, last_at, day,
      requests, class, state, token_id, edge)
    select hashtextextended(n::text, 0), 1, 1, 1, 1000, 1000, 1000, '2026-11-20', '2026-11-20', '2026-11-20', 1,
      'person', 3, '', 'fra1'
    from generate_series(1, 20000) n`;
  const rows = await sql<{ rows: number; shards: number }[]>`
    select sum(result::int)::int as rows, count(*)::int as shards
    from run_command_on_placements('transfers', 'select count(*) from %s') group by nodename, nodeport`;
  process.stdout.write(`20000 visitors of one file: ${JSON.stringify(rows)}\n`);
  expect(rows.reduce((sum, each) => sum + each.rows, 0)).toBe(20_000);
  const fair = 20_000 / rows.length;
  for (const each of rows) expect(Math.abs(each.rows - fair)).toBeLessThan(fair / 10);
  const [placed] = await sql<{ workers: number }[]>`
    select count(*)::int as workers from pg_dist_node where shouldhaveshards and isactive`;
  expect(rows).toHaveLength(placed?.workers ?? 0);
});

it.skipIf(!process.env.CITUS_URL)(
  'what was counted before goes to the workers and leaves the coordinator',
  async () => {
    const early = await createDatabase({ template: false });
    onTestFinished(() => early.drop());
    const { sql, url } = early;
    await migrate(url);
    const writer = writerFor(early);
    await count(writer, lines(Array.from({ length: 500 }, (_, i) => ({ visitor: visitor(`${i}`) }))));
    await writer.close();
    const counted = () => sql`
    select path, requests, downloads, (select count(*)::int from transfers) as transfers from report.files`;
    const before = await counted();
    expect(before).toMatchObject([{ transfers: 500 }]);
    await distribute(url, () => {});
    expect(await counted()).toEqual(before);
    const left = await sql`
    select relname from pg_class left join pg_inherits on inhrelid = oid
    where relkind = 'r' and coalesce(inhparent, oid)::regclass::text = any(${names}) and pg_relation_size(oid) > 0`;
    expect([...left]).toEqual([]);
  },
);

it.skipIf(process.env.CITUS_URL)('says what is missing where there is no Citus', async () => {
  const env = { TALLYGATE_DATABASE_URL: database.url };
  const { code, stderr } = await tallygate(['distribute'], { env });
  expect(code).toBe(1);
  expect(stderr).toContain('this database has not the extension citus');
  expect(stderr).toContain('citus_add_node');
});
