// Completion of imported history, estimated: sizes from a folder, or the largest whole answer; and marked as such.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { temporaryFolder } from '../../harness/folders.ts';
import { createDatabase, type TestDatabase } from '../../harness/postgres.ts';
import { tallygate } from '../../harness/program.ts';

let database: TestDatabase;
let folder: string;
let log: string;
beforeEach(async () => {
  database = await createDatabase();
  folder = await temporaryFolder('sizes');
  log = path.join(folder, 'access.log');
  await writeFile(log, lines.join(''));
});
afterEach(() => database.drop());

const line = (visitor: number, name: string, status: number, sent: number) =>
  `203.0.113.${visitor} - - [01/Oct/2023:13:00:00 +0200] "GET ${name} HTTP/1.1" ${status} ${sent} "-" "curl/8.5.0"\n`;
const lines = [
  line(1, '/files/a%20b.iso', 200, 1000),
  line(2, '/files/a%20b.iso', 200, 400),
  // Of a range nobody knows where it began.
  line(3, '/files/a%20b.iso', 206, 1000),
  line(1, '/files/gone.iso', 200, 700),
];

const run = (...args: string[]) =>
  tallygate(['ingest', '--host', 'dl.example.org', ...args], {
    env: { TALLYGATE_DATABASE_URL: database.url, TALLYGATE_EDGE: 'fra1' },
  });
const counts = async () => {
  const rows = await database.sql`
    select path, downloads, completed, size_unknown from report.files order by path`;
  return rows.map((row) => Object.values(row).map((value) => (/^\d+$/.test(value) ? Number(value) : value)));
};
const versions = async () => {
  const rows = await database.sql`select etag, size::int from file_versions order by size`;
  return rows.map(({ etag, size }) => [etag, size]);
};

it('takes the sizes of a folder, by address; what is not there stays not known', async () => {
  await mkdir(path.join(folder, 'www/files'), { recursive: true });
  await writeFile(path.join(folder, 'www/files/a b.iso'), 'x'.repeat(1020));
  expect(await run('--sizes', path.join(folder, 'www'), log)).toMatchObject({ code: 0 });
  expect(await counts()).toEqual([
    ['/files/a b.iso', 3, 1, 0],
    ['/files/gone.iso', 1, null, 1],
  ]);
  expect(await versions()).toEqual([
    ['', 0],
    ['(estimated)', 1020],
  ]);
});

it('takes the largest whole answer, over all the logs of an import', async () => {
  const older = path.join(folder, 'access.log.1');
  await writeFile(older, line(9, '/files/gone.iso', 200, 2000));
  expect(await run('--sizes', 'largest', log, older)).toMatchObject({ code: 0 });
  expect(await counts()).toEqual([
    ['/files/a b.iso', 3, 1, 0],
    ['/files/gone.iso', 2, 1, 0],
  ]);
  expect(await versions()).toEqual([
    ['(estimated)', 1000],
    ['(estimated)', 2000],
  ]);
});

it('says where it looked when there is no such folder, and counts nothing', async () => {
  const { code, stderr } = await run('--sizes', path.join(folder, 'none'), log);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/no folder .*none[\s\S]*--sizes largest/)]);
  expect(await counts()).toEqual([]);
});
