// The SQL reports against the buckets themselves: exact in every time zone, every column explained, and nothing
// but reports open to the reader.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../app/db/connection.ts';
import { connectReader, createDatabase, type TestDatabase } from '../harness/postgres.ts';
import { fillTallies } from './tallies.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
  // Every quarter of an hour of three months, over the changes of clock of Berlin, New York and Lord Howe.
  await fillTallies(database.sql, { from: '2026-09-20', to: '2026-12-03', files: 3 });
});
afterAll(() => database.drop());

const zones = [
  'UTC',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Europe/Berlin',
  'America/New_York',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
];

type Row = Record<string, unknown>;
/** One text for a set of rows, in an order of its own. */
const sorted = (rows: readonly Row[]) => rows.map((row) => JSON.stringify({ ...row })).sort();

describe.each(zones)('in %s', (zone) => {
  it('a day has the buckets between its two midnights', async () => {
    const { sql } = database;
    const [first, last] = ['2026-10-01', '2026-11-08'];
    const reported = await sql`select * from report.daily_in(${zone}, ${first}, ${last})`;
    // Counted here with JavaScript's time zones, not with PostgreSQL's.
    const local = new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' });
    const expected = new Map<string, number>();
    for (const { bucket, path, edge, class: kind, bytes } of await sql<
      { bucket: Date; path: string; edge: string; class: string; bytes: string }[]
    >`select * from report.tallies`) {
      const day = local.format(bucket);
      if (day < first || day > last) continue;
      const key = [day, path, edge, kind].join(' ');
      expected.set(key, (expected.get(key) ?? 0) + Number(bytes));
    }
    const seen = reported.map(
      ({ day, path, edge, class: kind, bytes }) =>
        [[(day as Date).toISOString().slice(0, 10), path, edge, kind].join(' '), Number(bytes)] as const,
    );
    expect(new Map(seen)).toEqual(expected);
  });

  it.each([
    ['2026-10-04', '2026-10-04'],
    ['2026-10-25', '2026-11-01'],
    ['2026-09-29', '2026-10-02'],
    ['2026-09-20', '2026-12-02'],
    ['2026-11-10', '2026-11-20'],
  ])('the counts from %s to %s are the sum of their days', async (first, last) => {
    const { sql } = database;
    const counts = await sql`select * from report.files_in(${zone}, ${first}, ${last})`;
    const days = await sql`
      select host, path, edge, class, sum(requests)::bigint as requests, sum(downloads)::bigint as downloads,
        sum(completed)::bigint as completed, sum(copies)::bigint as copies, sum(bytes)::bigint as bytes,
        sum(size_unknown)::bigint as size_unknown
      from report.daily_in(${zone}, ${first}, ${last}) group by host, path, edge, class`;
    expect(counts.length).toBeGreaterThan(0);
    expect(sorted(counts)).toEqual(sorted(days));
  });

  it('a month is the sum of its days', async () => {
    const { sql } = database;
    const months = await sql`select * from report.monthly_in(${zone}, '2026-10-15', '2026-11-15')`;
    const days = await sql`
      select date_trunc('month', day)::date as month, host, path, edge, class, sum(requests)::bigint as requests,
        sum(downloads)::bigint as downloads, sum(completed)::bigint as completed, sum(copies)::bigint as copies,
        sum(bytes)::bigint as bytes, sum(size_unknown)::bigint as size_unknown
      from report.daily_in(${zone}, '2026-10-01', '2026-11-30')
      group by 1, host, path, edge, class`;
    expect(months.length).toBe(2 * 3 * 3);
    expect(sorted(months)).toEqual(sorted(days));
  });

  it('the months of some files, and the totals of all, are those of the months', async () => {
    const { sql } = database;
    const months = await sql`select * from report.monthly_in(${zone}, '2026-10-01', '2026-11-01')`;
    const some = ['/files/1.iso', '/files/3.iso'];
    const hosts = some.map(() => 'dl.example.org');
    const ofSome = await sql`
      select * from report.monthly_of(${zone}, '2026-10-01', '2026-11-01', ${hosts}::text[], ${some}::text[])`;
    expect(sorted(ofSome)).toEqual(sorted(months.filter(({ path }) => some.includes(path as string))));
    const totals = await sql`
      select month, edge, class, requests, bytes from report.monthly_totals_in(${zone}, '2026-10-01', '2026-11-01')`;
    const sums = await sql`
      select month, edge, class, sum(requests)::bigint as requests, sum(bytes)::bigint as bytes
      from report.monthly_in(${zone}, '2026-10-01', '2026-11-01') group by month, edge, class`;
    expect(totals).toHaveLength(2 * 3);
    expect(sorted(totals)).toEqual(sorted(sums));
  });

  it.each(['hour', 'day', 'week', 'month', 'year'])(
    'the history by %s of all files is that of each together',
    async (unit) => {
      const { sql } = database;
      const all = await sql`
      select period, edge, class, bytes from report.totals_in(${zone}, ${unit}, '2026-10-01', '2026-11-08')`;
      const sums = new Map<string, bigint>();
      // A query for each file: in a join with the files Citus would call the function on a worker, where it may not be.
      for (const { host, path } of await sql`select distinct host, path from report.files`) {
        for (const { bytes, ...key } of await sql`
          select period, edge, class, bytes
          from report.history_in(${zone}, ${unit}, '2026-10-01', '2026-11-08', ${host}, ${path})`) {
          const text = JSON.stringify(key);
          sums.set(text, (sums.get(text) ?? 0n) + BigInt(bytes));
        }
      }
      const each = [...sums].map(([key, bytes]) => ({ ...JSON.parse(key), bytes: String(bytes) }));
      expect(all.length).toBeGreaterThan(0);
      expect(sorted(all)).toEqual(sorted(each));
    },
  );
});

it('a day on which clocks change has 23, 25 or 24.5 hours', async () => {
  const buckets = async (zone: string, day: string) => {
    const [row] = await database.sql<{ requests: string }[]>`
      select sum(requests) as requests from report.daily_in(${zone}, ${day}, ${day}) where class = 'person'`;
    return Number(row?.requests) / 3;
  };
  expect(await buckets('Europe/Berlin', '2026-10-25')).toBe(100);
  expect(await buckets('Australia/Lord_Howe', '2026-10-04')).toBe(94);
  expect(await buckets('America/New_York', '2026-11-01')).toBe(100);
  expect(await buckets('Asia/Kathmandu', '2026-11-01')).toBe(96);
});

it('every view, column and function has a word of explanation', async () => {
  const { sql } = database;
  const silent = await sql`
    select c.relname, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'report'::regnamespace and a.attnum > 0
      and (obj_description(c.oid) is null or col_description(c.oid, a.attnum) is null)
    union all
    select proname, '' from pg_proc
    where pronamespace = 'report'::regnamespace and obj_description(oid) is null`;
  expect(sorted(silent)).toEqual([]);
});

it('every function that reads tables has what function_settings.sql gives it', async () => {
  // month_beginnings reads no table: PostgreSQL may put it into the queries that call it.
  const without = await database.sql`
    select proname from pg_proc
    where pronamespace = 'report'::regnamespace and proname <> 'month_beginnings'
      and (not prosecdef or proconfig is null or not proconfig @> array[
        'search_path=public, pg_temp', 'plan_cache_mode=force_custom_plan', 'jit=off'])`;
  expect(sorted(without)).toEqual([]);
});

it("a session's own time zone changes nothing", async () => {
  const calls = [
    "counts_between('2026-10-03 22:15Z', '2026-11-02 05:30Z')",
    "files_in('Europe/Berlin', '2026-10-01', '2026-11-08')",
    "daily_in('Europe/Berlin', '2026-10-20', '2026-10-30')",
    "monthly_in('America/New_York', '2026-10-01', '2026-11-01')",
    "monthly_totals_in('Asia/Kathmandu', '2026-10-01', '2026-11-01')",
    "totals_in('Australia/Lord_Howe', 'week', '2026-10-01', '2026-11-01')",
    "history_in('Europe/Berlin', 'month', '2026-10-01', '2026-11-30', 'dl.example.org', '/files/1.iso')",
    "month_beginnings('Europe/Berlin', '2026-10-01', '2026-11-01')",
    ...['files', 'daily', 'monthly', 'classes', 'totals'],
  ];
  const seenFrom = async (zone: string) => {
    const sql = connect(database.url, { max: 1, connection: { TimeZone: zone } });
    try {
      const rows: Record<string, string[]> = {};
      for (const call of calls) rows[call] = sorted(await sql.unsafe(`select * from report.${call}`));
      return rows;
    } finally {
      await sql.end({ timeout: 5 });
    }
  };
  const expected = await seenFrom('UTC');
  expect(Object.values(expected).every((rows) => rows.length > 0)).toBe(true);
  for (const zone of zones) expect(await seenFrom(zone), zone).toEqual(expected);
});

it('the reader reads reports, and nothing else', async () => {
  const reader = await connectReader(database);
  expect((await reader`select * from report.files`).length).toBeGreaterThan(0);
  expect(await reader`select * from report.leeches()`).toHaveLength(0);
  expect(await reader`select * from report.agents_in('2026-10-01', '2026-10-02')`).toHaveLength(0);
  const views = await database.sql<{ name: string }[]>`
    select relname as name from pg_class where relnamespace = 'report'::regnamespace and relkind = 'v'`;
  for (const { name } of views) await reader`select * from report.${reader(name)} limit 1`;
  expect((await reader`select * from report.daily_in('UTC', '2026-10-01', '2026-10-02')`).length).toBe(18);
  const forbidden = [
    'select address from tokens',
    'select from api_keys',
    'select from visitor_addresses',
    'delete from report.files',
    'delete from tallies',
  ];
  // On Citus the reader may read what lies on the workers: app/db/distribute.ts says why.
  if (!process.env.CITUS_URL) forbidden.push('select from tallies');
  for (const statement of forbidden)
    await expect(reader.unsafe(statement), statement).rejects.toThrow(/permission denied|cannot delete/);
});
