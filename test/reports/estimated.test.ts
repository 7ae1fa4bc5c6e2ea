// What each report says of completion: known, not known, of some not known, or by an estimated size. The same in the API,
// in CSV, in the terminal and on the pages.

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reports } from '../../app/reports/index.ts';
import { temporaryFolder } from '../harness/folders.ts';
import { tallygate } from '../harness/program.ts';
import { count, writerFor } from '../ingest/in-process.ts';
import { dayOf, lines, noon, visitor } from '../ingest/records.ts';
import { api, startService, type TestService } from '../service/harness.ts';

let site: TestService;
let reader: string;
const host = 'dl.example.org';
/** Two months before the live downloads, in the first minutes of a UTC day: in Los Angeles it is the day before. */
const before = Date.parse(`${dayOf(noon - 62 * 86_400)}T00:05:00Z`) / 1000;
const [first, last] = [dayOf(before - 86_400), dayOf(noon + 86_400)];
const run = (...args: string[]) =>
  tallygate(args, { env: { TALLYGATE_DATABASE_URL: site.database.url, TALLYGATE_EDGE: 'fra1' } });

/** Each state, by the folder of its only file. What a report says: completed, downloads of unknown size, estimated. */
const states: Readonly<Record<string, [completed: number | null, unknown: number, estimated: boolean]>> = {
  known: [1, 0, false],
  unknown: [null, 2, false],
  mixed: [1, 2, false],
  estimated: [1, 0, true],
  blend: [2, 0, true],
};
const file = (state: string) => `/${state}/a.iso`;

beforeAll(async () => {
  site = await startService();
  reader = await site.key('read');
  const folder = await temporaryFolder('estimated');
  const time = new Date(before * 1000)
    .toUTCString()
    .slice(5, 25)
    .replaceAll(' ', '/')
    .replace(/\/(?=\d\d:)/, ':');
  const imported = (state: string) =>
    [1000, 300]
      .map(
        (sent, who) =>
          `203.0.113.${who} - - [${time} +0000] "GET ${file(state)} HTTP/1.1" 200 ${sent} "-" "curl/8.5.0"\n`,
      )
      .join('');
  const [plain, sized] = [path.join(folder, 'plain.log'), path.join(folder, 'sized.log')];
  await writeFile(plain, imported('unknown') + imported('mixed'));
  await writeFile(sized, imported('estimated') + imported('blend'));
  expect(await run('ingest', '--host', host, plain)).toMatchObject({ code: 0 });
  expect(await run('ingest', '--host', host, '--sizes', 'largest', sized)).toMatchObject({ code: 0 });
  const writer = writerFor(site.database);
  await count(
    writer,
    lines(['known', 'mixed', 'blend'].map((state) => ({ path: file(state), visitor: visitor('a') }))),
  );
  await writer.close();
});
afterAll(() => site.stop());

async function ask(address: string): Promise<string> {
  const response = await site.send('GET', address, { key: reader });
  expect([address, response.status]).toEqual([address, 200]);
  return response.text();
}

type Row = Record<string, unknown>;
const says = (row: Row | undefined) => row && [row.completed, row.size_unknown, row.estimated];

/** How the row of a state is asked for. Of rows over time, those of the old month and of the new one. */
const ofFile: Readonly<Record<string, (state: string) => string>> = {
  files: (state) => `path=${file(state)}`,
  'files of a period': (state) => `path=${file(state)}&first=${first}&last=${last}`,
  folders: (state) => `prefix=/${state}/`,
  releases: (state) => `prefix=/${state}/&pattern=/(a)%5B.%5Diso`,
  classes: (state) => `path=${file(state)}&first=${first}&last=${last}`,
  daily: (state) => `path=${file(state)}&first=${first}&last=${last}`,
  monthly: (state) => `path=${file(state)}&last=${last.slice(0, 7)}`,
  history: (state) => `path=${file(state)}&first=${first}&last=${last}&unit=month`,
};
/** Reports with a row for each time or class: a state that is a blend of two is two rows. */
const apart = ['classes', 'daily', 'monthly', 'history'];

describe.each(Object.entries(ofFile))('%s', (title, query) => {
  const name = title.split(' ')[0] as string;
  it.each(Object.entries(states))('%s', async (state, expected) => {
    const { rows } = JSON.parse(await ask(`${api}/reports/${name}?${query(state)}`)) as { rows: Row[] };
    const some = rows.filter(({ downloads }) => Number(downloads) > 0);
    if (!apart.includes(name)) {
      expect(some.map(says)).toEqual([expected]);
      return;
    }
    const old = { mixed: [null, 2, false], blend: [1, 0, true] }[state];
    // A row of a class is marked where any class of that file is.
    const live = [1, 0, name === 'classes' && state === 'blend'];
    const both = old === undefined ? [expected] : [old, live];
    expect(some.map(says)).toEqual(expect.arrayContaining(both));
    expect(some).toHaveLength(both.length);
  });
});

it('every report that can say "not known" has the mark', () => {
  const some = reports.filter(({ columns }) => columns.some(({ nullMeans }) => nullMeans === 'not known'));
  expect(some.map(({ name }) => name).sort()).toEqual(
    [...new Set([...Object.keys(ofFile).map((title) => title.split(' ')[0]), 'downloads', 'totals'])].sort(),
  );
  for (const { name, columns } of some)
    expect([name, columns.some((column) => column.name === 'estimated')]).toEqual([name, true]);
});

it('single downloads, and all files together', async () => {
  const { rows } = JSON.parse(
    await ask(`${api}/reports/downloads?path=${file('blend')}&first=${first}&last=${last}`),
  );
  // Two ended in one second: their order is that of the visitors' hashes.
  expect(rows.map((row: Row) => `${row.completed} ${row.estimated}`).sort()).toEqual([
    'false true',
    'true false',
    'true true',
  ]);
  const totals = JSON.parse(await ask(`${api}/reports/totals?first=${first}&last=${last}&unit=month`));
  expect(totals.rows.filter((row: Row) => row.downloads !== 0).map(says)).toEqual([
    [2, 4, true],
    [3, 0, false],
  ]);
});

it('by the days of the zone that is asked for', async () => {
  const query = `path=${file('estimated')}&zone=America/Los_Angeles&first=${first}&last=${first}`;
  const { rows } = JSON.parse(await ask(`${api}/reports/daily?${query}`));
  expect(rows.map((row: Row) => [row.day, ...(says(row) ?? [])])).toEqual([[first, 1, 0, true]]);
});

it('the list of files of the API, CSV, SQL and the terminal', async () => {
  const { files } = JSON.parse(await ask(`${api}/files`)) as { files: Row[] };
  expect(Object.fromEntries(files.map((row) => [String(row.path).split('/')[1], says(row)]))).toEqual(states);
  const live = JSON.parse(await ask(`${api}/files?from=${dayOf(noon)}T00:00:00Z`)) as { files: Row[] };
  expect(live.files.map(({ estimated }) => estimated)).toEqual([false, false, false]);
  const csv = (await ask(`/tallygate/reports/csv/files.csv`)).split('\r\n');
  expect(csv[0]).toMatch(/,size_unknown,estimated$/);
  expect(csv.find((line) => line.includes('/blend/'))).toMatch(/,0,true$/);
  expect(csv.find((line) => line.includes('/unknown/'))).toMatch(/,,,\d+,2,false$/);
  const days = await site.database.sql`select path, day::text from report.estimated_days order by path`;
  expect([...days]).toEqual([
    { path: file('blend'), day: dayOf(before) },
    { path: file('estimated'), day: dayOf(before) },
  ]);
  const report = await run('report', 'files');
  expect(report.stdout).toMatch(/Partly estimated/);
  expect(report.stdout).toMatch(/blend\/a\.iso.*yes$/m);
});

it('the pages', async () => {
  const page = (address: string) => ask(`/tallygate/reports${address}`);
  const cell = (html: string, state: string) =>
    new RegExp(`/${state}/a\\.iso</bdi>.*?</tr>`, 's').exec(html)?.[0].replaceAll(/<[^>]*>/g, ' ') ?? '';
  for (const html of [await page('/files'), await page('/months?measure=completed')]) {
    expect(cell(html, 'known')).not.toMatch(/not known|estimated/);
    expect(cell(html, 'unknown')).toMatch(/not known/);
    expect(cell(html, 'mixed')).toMatch(/1 +2 not known/);
    expect(cell(html, 'estimated')).toMatch(/1 +estimated/);
    expect(cell(html, 'blend')).toMatch(/2 +estimated/);
  }
  const months = await page('/months?measure=completed');
  expect(months).toMatch(/<tfoot>.*4 not known.*estimated.*<\/tfoot>/s);
  expect(months).toContain('Estimated: an import');
  expect(await page('/files')).toContain('Estimated: an import');
  expect(await page('/months?measure=downloads')).not.toMatch(/not known|>estimated|an import took/);
  expect(await page(`/file?host=${host}&path=${file('blend')}`)).toContain('partly an estimate');
  expect(await page(`/file?host=${host}&path=${file('known')}`)).not.toContain('partly an estimate');
});
