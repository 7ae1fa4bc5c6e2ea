// Completion of history that tells no size: "not known" and never 0, in SQL, API, pages and on the command line.

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../harness/folders.ts';
import { tallygate } from '../harness/program.ts';
import { count, writerFor } from '../ingest/in-process.ts';
import { dayOf, lines, noon, visitor } from '../ingest/records.ts';
import { api, startService, type TestService } from '../service/harness.ts';

let site: TestService;
let reader: string;
const [host, before] = ['dl.example.org', noon - 40 * 86_400];
const imported = (file: string, people: number) =>
  Array.from({ length: people }, (_, i) => {
    const time = new Date(before * 1000)
      .toUTCString()
      .slice(5, 25)
      .replaceAll(' ', '/')
      .replace(/\/(?=\d\d:)/, ':');
    return `203.0.113.${i} - - [${time} +0000] "GET ${file} HTTP/1.1" 200 1000 "-" "curl/8.5.0"\n`;
  }).join('');
const run = (...args: string[]) =>
  tallygate(args, { env: { TALLYGATE_DATABASE_URL: site.database.url, TALLYGATE_EDGE: 'fra1' } });

beforeAll(async () => {
  site = await startService();
  reader = await site.key('read');
  const log = path.join(await temporaryFolder('not-known'), 'access.log');
  // One file that only the old log knows, and one that lives on.
  await writeFile(log, imported('/files/old.iso', 3) + imported('/files/both.iso', 4));
  expect(await run('ingest', '--host', host, log)).toMatchObject({ code: 0 });
  const writer = writerFor(site.database);
  await count(
    writer,
    lines([
      { path: '/files/both.iso', visitor: visitor('a') },
      { path: '/files/both.iso', visitor: visitor('b'), sent: 10 },
      { path: '/files/new.iso', visitor: visitor('a') },
      { path: '/files/new.iso', visitor: visitor('b'), sent: 0 },
    ]),
  );
  await writer.close();
});
afterAll(() => site.stop());

const sums = (rows: readonly Record<string, unknown>[]) =>
  rows
    .map((row) => [
      row.path,
      ...['downloads', 'completed', 'copies', 'size_unknown'].map((name) => show(row[name])),
    ])
    .sort();
const show = (value: unknown) => (value === null ? null : Number(value));
const expected = [
  ['/files/both.iso', 6, 1, 1, 4],
  ['/files/new.iso', 1, 1, 1, 0],
  ['/files/old.iso', 3, null, null, 3],
];

it('says so in every view and function of SQL', async () => {
  const { sql } = site.database;
  const [first, last] = [dayOf(before - 86_400), dayOf(noon + 86_400)];
  // By class; a tool fetched what is old, a person what is new.
  const byClass = [
    ['/files/both.iso', 2, 1, 1, 0],
    ['/files/both.iso', 4, null, null, 4],
    ['/files/new.iso', 1, 1, 1, 0],
    ['/files/old.iso', 3, null, null, 3],
  ];
  expect(sums(await sql`select * from report.files`)).toEqual(byClass);
  expect(sums(await sql`select * from report.files_in('Asia/Kathmandu', ${first}, ${last})`)).toEqual(
    byClass,
  );
  for (const relation of [
    sql`report.daily`,
    sql`report.monthly`,
    sql`report.tallies`,
    sql`report.daily_in('Asia/Kathmandu', ${first}, ${last})`,
    sql`report.monthly_in('Asia/Kathmandu', ${first}, ${last})`,
  ]) {
    expect(sums(await sql`select * from ${relation} where downloads > 0`)).toEqual(byClass);
  }
  for (const relation of [
    sql`report.totals`,
    sql`report.classes`,
    sql`report.totals_in('Asia/Kathmandu', 'year', ${first}, ${last})`,
    sql`report.monthly_totals_in('Asia/Kathmandu', ${first}, ${last})`,
    sql`report.history_in('UTC', 'hour', ${first}, ${last}, ${host}, '/files/both.iso')`,
    sql`report.history_in('UTC', 'month', ${first}, ${last}, ${host}, '/files/both.iso')`,
  ]) {
    const rows = await sql`select class, completed, copies from ${relation} where downloads > 0`;
    expect(rows.length).toBeGreaterThan(1);
    for (const row of rows)
      expect([row.class, row.completed === null]).toEqual([row.class, row.class === 'tool']);
  }
  const single = await sql`select path, class, completed from report.downloads where download`;
  expect(single).toHaveLength(10);
  for (const row of single) expect(row.completed === null).toBe(row.class === 'tool');
});

async function ask(address: string): Promise<Record<string, Record<string, unknown>[]>> {
  const response = await site.send('GET', `${api}${address}`, { key: reader });
  expect(response.status).toBe(200);
  return (await response.json()) as Record<string, Record<string, unknown>[]>;
}

it('says so in the API, and pages through rows of both kinds in every order', async () => {
  expect(sums((await ask('/reports/files')).rows ?? [])).toEqual(expected);
  expect(sums((await ask('/files')).files ?? [])).toEqual(expected);
  for (const [list, address] of [
    ['rows', '/reports/files?sort=-completed'],
    ['rows', '/reports/files?sort=copies'],
    ['files', '/files?sort=completed'],
  ] as const) {
    const seen: unknown[] = [];
    let next: string | undefined;
    do {
      const page = await ask(`${address}&limit=1${next === undefined ? '' : `&cursor=${next}`}`);
      seen.push(...(page[list] ?? []).map((row) => row.path));
      next = page.next as unknown as string | undefined;
    } while (next !== undefined && seen.length < 5);
    expect(seen.sort()).toEqual(expected.map(([name]) => name));
  }
  const days =
    (await ask(`/reports/totals?first=${dayOf(before)}&last=${dayOf(before + 86_400)}`)).rows ?? [];
  expect(days.map((day) => [day.downloads, day.completed, day.size_unknown])).toEqual([
    [7, null, 7],
    [0, 0, 0],
  ]);
});

it('says so on the pages and in the terminal', async () => {
  const page = async (address: string) =>
    (await site.send('GET', `/tallygate/reports${address}`, { key: reader })).text();
  const old = await page(`/file?host=${host}&path=/files/old.iso`);
  expect(old).toMatch(/<dt>Completed<\/dt><dd>not known/);
  const both = await page(`/file?host=${host}&path=/files/both.iso`);
  expect(both).toContain('50.0 % of 2; of 4 not known');
  expect(await page('/files')).toContain('4 not known');
  expect(await page('/months?measure=completed')).toContain('not known');
  const report = await run('report', 'files');
  expect(report.stdout).toMatch(/old\.iso\s+3\s+3\s+not known\s+not known/);
});

it('a rebuild proves the sum and mends it', async () => {
  const { sql } = site.database;
  expect(await run('rebuild', '--check')).toMatchObject({ code: 0 });
  await sql`update tallies set size_unknown = 0`;
  expect(await run('rebuild', '--check')).toMatchObject({ code: 1 });
  expect(await run('rebuild')).toMatchObject({ code: 0 });
  const [row] =
    await sql`select sum(size_unknown)::int as tallies, (select sum(size_unknown)::int from tally_months) as months from tallies`;
  expect(row).toEqual({ tallies: 7, months: 7 });
});
