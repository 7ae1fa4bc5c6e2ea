import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { migrate, reportFiles } from '../../app/db/migrate.ts';
import { freePort } from '../../app/process/ports.ts';
import { temporaryFolder } from '../harness/folders.ts';
import { createDatabase, type TestDatabase } from '../harness/postgres.ts';
import { tallygate } from '../harness/program.ts';

const databases: TestDatabase[] = [];

async function emptyDatabase(): Promise<TestDatabase> {
  const database = await createDatabase({ template: false });
  databases.push(database);
  return database;
}

afterEach(async () => {
  for (const database of databases.splice(0)) await database.drop();
});

test('twenty migrators at once leave each migration applied once', async () => {
  const { url, sql } = await emptyDatabase();
  await Promise.all(Array.from({ length: 20 }, () => migrate(url)));
  const rows = await sql`select hash, count(*)::int as times from tallygate_migrations group by hash`;
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.every((row) => row.times === 1)).toBe(true);
});

test('a migration that fails leaves nothing behind but its empty list', async () => {
  const { url, sql } = await emptyDatabase();
  const tables = async () => {
    const rows = await sql`select relname from pg_class join pg_namespace n on n.oid = relnamespace
      where nspname in ('public', 'report') and relkind in ('r', 'p', 'v')`;
    return rows.map((row) => row.relname as string).sort();
  };
  await sql`create view transfers as select 1 as in_the_way`;
  // Citus has views of its own in there.
  const before = await tables();
  await expect(migrate(url)).rejects.toThrow();
  expect(await tables()).toEqual([...before, 'tallygate_migrations'].sort());
  expect(await sql`select * from tallygate_migrations`).toEqual([]);
});

test('order.txt and the folder of reports must name the same files', async () => {
  const folder = await temporaryFolder('reports');
  await mkdir(path.join(folder, 'reports'));
  const write = (name: string, text: string) => writeFile(path.join(folder, 'reports', name), text);
  await write('order.txt', '# first what others need\nb.sql\n\na.sql\n');
  await write('a.sql', '');
  expect(() => reportFiles(folder)).toThrow('order.txt names b.sql, which is not there');
  await write('b.sql', '');
  expect(reportFiles(folder).map((file) => path.basename(file))).toEqual(['b.sql', 'a.sql']);
  await write('c.sql', '');
  expect(() => reportFiles(folder)).toThrow('order.txt does not name c.sql: add it there');
});

test('an unreachable PostgreSQL is said in words, with the remedy and without the password', async () => {
  const port = await freePort();
  const outcome = await tallygate(['migrate'], {
    env: { TALLYGATE_DATABASE_URL: `postgres://me:hunter2@127.0.0.1:${port}/tallygate` },
  });
  expect(outcome.code).toBe(1);
  expect(outcome.stderr).toContain(`cannot reach PostgreSQL at 127.0.0.1:${port}/tallygate (ECONNREFUSED)`);
  expect(outcome.stderr).toContain('Is it running?');
  expect(outcome.stderr).not.toContain('hunter2');
  expect(outcome.stderr).not.toContain('    at ');
});
