// The SQL files are the truth for the schema; drizzle's description of it may not drift from them. And the
// rules that keep every table fit for Citus, read from the catalogue.

import { is } from 'drizzle-orm';
import { getTableConfig, PgArray, PgEnumColumn, PgTable } from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as counting from '../../app/db/schema/counting.ts';
import * as service from '../../app/db/schema/service.ts';
import { createDatabase, type TestDatabase } from '../harness/postgres.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

type Column = { name: string; type: string; required: boolean; defaulted: boolean };

const tablesOf = (schema: Record<string, unknown>) =>
  Object.values(schema)
    .filter((value): value is PgTable => is(value, PgTable))
    .map(getTableConfig);
const tables = [...tablesOf(counting), ...tablesOf(service)];
const byName = (a: Column, b: Column) => (a.name < b.name ? -1 : 1);

async function columnsOf(table: string): Promise<Column[]> {
  return database.sql<Column[]>`
    select attname as name, replace(format_type(atttypid, atttypmod), 'character varying', 'varchar') as type,
           attnotnull as required, atthasdef or attidentity <> '' as defaulted
    from pg_attribute where attrelid = ${table}::regclass and attnum > 0 and not attisdropped`;
}

async function keyOf(table: string): Promise<string[]> {
  const rows = await database.sql<{ attname: string }[]>`
    select a.attname from pg_index i
    cross join lateral unnest(i.indkey) with ordinality as k(attnum, place)
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
    where i.indrelid = ${table}::regclass and i.indisprimary order by k.place`;
  return rows.map((row) => row.attname);
}

it('describes every table of the database, and no other', async () => {
  // Partitions are parts of their table; what migrated the database is drizzle's own.
  const rows = await database.sql<{ name: string }[]>`
    select relname as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
      and relname <> 'tallygate_migrations'`;
  expect(rows.map(({ name }) => name).sort()).toEqual(tables.map(({ name }) => name).sort());
});

describe.each(tables)('the table $name', (table) => {
  it('has in SQL the columns that drizzle describes', async () => {
    const described = table.columns.map(
      (column): Column => ({
        name: column.name,
        type: column.getSQLType(),
        required: column.notNull,
        defaulted: column.hasDefault,
      }),
    );
    expect([...(await columnsOf(table.name))].sort(byName)).toEqual(described.sort(byName));
  });

  it('has the primary key that drizzle describes', async () => {
    const described =
      table.primaryKeys[0]?.columns.map((column) => column.name) ??
      table.columns.filter((column) => column.primary).map((column) => column.name);
    expect(await keyOf(table.name)).toEqual(described);
  });

  it('takes the values that drizzle lists, and no others', async () => {
    const [checks] = await database.sql<{ text: string }[]>`
      select coalesce(string_agg(pg_get_constraintdef(oid), ' '), '') as text
      from pg_constraint where conrelid = ${table.name}::regclass and contype = 'c'`;
    for (const column of table.columns) {
      const { name, enumValues } = is(column, PgArray) ? column.baseColumn : column;
      if (!enumValues?.length || is(column, PgEnumColumn)) continue;
      const [, listed = ''] =
        new RegExp(`\\(${name} (?:= ANY|<@) .*?ARRAY\\[(.*?)\\]`).exec(checks?.text ?? '') ?? [];
      expect([...listed.matchAll(/'(.*?)'::text/g)].map(([, value]) => value)).toEqual(enumValues);
    }
  });
});

describe('the schema stays fit for Citus', () => {
  it.each([
    ['transfers', 'visitor'],
    ['tallies', 'file_id'],
    ['tally_dimensions', 'file_id'],
  ])('holds the distribution column of %s (%s) in every unique key', async (table, column) => {
    const rows = await database.sql<{ covered: boolean }[]>`
      select a.attnum = any(i.indkey) as covered from pg_index i
      join pg_attribute a on a.attrelid = i.indrelid and a.attname = ${column}
      where i.indrelid = ${table}::regclass and i.indisunique`;
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.every((row) => row.covered)).toBe(true);
  });

  it('has no triggers and no foreign keys', async () => {
    const rows = await database.sql`
      select tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
      where c.relname in ${database.sql(tablesOf(counting).map((table) => table.name))}
        and tgname not like 'truncate_trigger%'`; // Citus's own, on Citus
    expect(rows).toHaveLength(0);
  });

  it('calls only immutable functions of its own', async () => {
    const rows = await database.sql<{ proname: string }[]>`
      select proname from pg_proc
      where pronamespace = 'public'::regnamespace and proname like 'covered%' and provolatile <> 'i'`;
    expect(rows).toHaveLength(0);
  });
});
