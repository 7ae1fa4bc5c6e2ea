// The drizzle description of the service's tables says what the migrations made.

import { getTableColumns, getTableName, is } from 'drizzle-orm';
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as schema from '../../app/db/schema/service.ts';
import { createDatabase, type TestDatabase } from '../harness/postgres.ts';

const tables = (Object.values(schema) as PgTable[]).filter((value) => is(value, PgTable));
let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

type Column = { name: string; type: string; required: boolean; defaulted: boolean };
const byName = (a: Column, b: Column) => (a.name < b.name ? -1 : 1);

describe('drizzle and the migrations agree', () => {
  test.each(tables.map((table) => [getTableName(table), table] as const))('%s', async (name, table) => {
    const described = Object.values(getTableColumns(table)).map((column) => ({
      name: column.name,
      type: column.getSQLType(),
      required: column.notNull,
      defaulted: column.hasDefault,
    }));
    const real = await database.sql<Column[]>`
      select attname as name, replace(format_type(atttypid, atttypmod), 'character varying', 'varchar') as type,
             attnotnull as required, atthasdef or attidentity <> '' as defaulted
        from pg_attribute where attrelid = ${name}::regclass and attnum > 0 and not attisdropped`;
    expect(described.sort(byName)).toEqual([...real].sort(byName));
  });

  test.each(tables.map((table) => [getTableName(table), table] as const))(
    'primary key of %s',
    async (name, table) => {
      const { columns, primaryKeys } = getTableConfig(table);
      const described = primaryKeys[0]?.columns ?? columns.filter((column) => column.primary);
      const real = await database.sql<{ name: string }[]>`
      select attname as name from pg_index, pg_attribute
       where indrelid = ${name}::regclass and indisprimary and attrelid = indrelid and attnum = any(indkey)`;
      expect(described.map((column) => column.name).sort()).toEqual(real.map((row) => row.name).sort());
    },
  );
});
