// SQL says its time zone, wherever it stands, and SQL files are written alike.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../harness/folders.ts';
import { projectFiles } from './files.ts';
import { styleFindings } from './sql-style.ts';
import { type Finding, zoneFindings } from './sql-zone.ts';

/** What stays, and why. A migration that was released never changes: databases keep its checksum. */
const exceptions = [
  // It takes a date and gives a date back, whatever the zone.
  { file: 'sql/migrations/0002_rollups.sql', found: "date_trunc('month', first_day)" },
  { file: 'sql/migrations/0002_rollups.sql', found: "date_trunc('month', last_day)" },
  { file: 'sql/migrations/0002_rollups.sql', found: "date_trunc('month', day)" },
  { file: 'sql/migrations/0002_rollups.sql', found: "date_trunc('month', day)::date" },
  { file: 'sql/migrations/0006_rules.sql', found: /^-- By which rule a user agent / },
];

const isException = (file: string, found: string) =>
  exceptions.some(
    (one) => one.file === file && (one.found instanceof RegExp ? one.found.test(found) : one.found === found),
  );

function check(file: string, findings: (text: string, file: string) => Finding[]): string[] {
  const text = readFileSync(path.join(projectRoot, file), 'utf8');
  return findings(text, file)
    .filter(({ found }) => !isException(file, found))
    .map(({ at, found, remedy }) => `${file}:${text.slice(0, at).split('\n').length}: ${found}: ${remedy}`);
}

const sqlFiles = projectFiles('sql/**/*.sql');
const withSql = [...sqlFiles, ...projectFiles('sql/dashboards/*.json', 'app/**/*.ts', 'app/**/*.tsx')];

test("no SQL depends on the session's time zone", () => {
  expect(sqlFiles.length).toBeGreaterThan(20);
  expect(withSql.flatMap((file) => check(file, zoneFindings))).toEqual([]);
});

test('SQL files are written alike', () => {
  expect(sqlFiles.flatMap((file) => check(file, styleFindings))).toEqual([]);
});

test.each([
  'select current_date - 3',
  'select LOCALTIMESTAMP',
  'create table t (at timestamp without time zone)',
  'select now()::date',
  'select now()::text',
  'select bucket::date from tallies',
  'select bucket::text::date, $1::timestamptz::date',
  'select ($1 + bucket + $2)::date',
  'select (last_at - first_at + first_at)::timestamp from t',
  "select min(bucket)::date, date_trunc('day', bucket, 'UTC')::date from tallies",
  'select cast(t.first_at as date)',
  "select date_trunc('month', bucket)",
  "select date_trunc('month', day) as period",
  'select date_trunc(unit, now() - make_interval(hours => 3))',
  "select extract(hour from bucket), date_part('dow', bucket)",
  "select to_char(last_at, 'YYYY-MM-DD')",
  "select timestamptz '2026-11-19 00:00', '2026-11-19'::timestamptz",
  'create function f() returns date language sql set jit = off as $$ select now()::date $$',
])('depends on the zone: %s', (bad) => {
  expect(zoneFindings(bad, 'bad.sql')).not.toEqual([]);
  expect(zoneFindings(`const rows = await sql\`${bad}\`;`, 'bad.ts')).not.toEqual([]);
});

test.each([
  '-- now()::date would be another day elsewhere',
  "select (now() at time zone 'UTC')::date - 3",
  "select (min(bucket) at time zone 'UTC')::date from tallies",
  "select date_trunc(unit, bucket, zone), date_trunc('month', bucket at time zone zone)",
  "select date_trunc('month', first_month::timestamp), date_trunc('milliseconds', last_at)",
  'select first_day::timestamp at time zone zone, ($1::date + 1)::timestamp at time zone zone',
  'select $1::text::date, unnest($2::date[]), $__timeFrom()::date',
  "select extract(epoch from now() - last_at), to_char(t.month, 'YYYY-MM')",
  "select timestamptz '2026-11-19 00:00Z', '2026-11-19 01:00+01'::timestamptz, now() - interval '6 hours'",
  "create function f() returns date language sql set timezone = 'UTC' as $$ select now()::date $$",
])('says its zone: %s', (good) => {
  expect(zoneFindings(good, 'good.sql')).toEqual([]);
});

test('a comment or a parameter in TypeScript is no fault', () => {
  const code = `sql\`day = any(\${days.map((day) => dateText(day))}::date[])\`; // not now()::date
    /* current_date */`;
  expect(zoneFindings(code, 'good.ts')).toEqual([]);
});

test.each([
  ['select 1 \n', ' '],
  ['select\t1\n', '\t'],
  ['SELECT 1\n', 'SELECT'],
  ['select 1', ''],
  ['select 1\n\n', '\n\n'],
  [`select ${'1 + '.repeat(40)}1\n`, `select ${'1 + '.repeat(40)}1`],
])('is not written alike: %j', (bad, found) => {
  expect(styleFindings(bad, 'bad.sql').map((one) => one.found)).toEqual([found]);
});

test('capitals in text and comments are no keywords', () => {
  expect(styleFindings("-- NOT a keyword\nselect 'FROM', 'UTC';\n", 'good.sql')).toEqual([]);
});
