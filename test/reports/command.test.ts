// `tallygate report` as a person and a script use it.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../harness/postgres.ts';
import { tallygate } from '../harness/program.ts';
import { hostileNames, ingest, period, traffic } from './site.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
  await ingest(database.url, traffic());
});
afterAll(() => database.drop());

const report = (...args: string[]) =>
  tallygate(['report', ...args], { env: { TALLYGATE_DATABASE_URL: database.url } });
const inPeriod = ['--first', period.first, '--last', period.last];

it('prints a table that no name can break', async () => {
  const { code, stdout, stderr } = await report(
    'files',
    '--class',
    'all',
    '--sort',
    'path',
    '--tz',
    'Asia/Kathmandu',
  );
  expect([code, stderr]).toEqual([0, '']);
  const [head, ...rows] = stdout.trimEnd().split('\n');
  expect(head).toMatch(/^Site +File +Requests +Downloads +Completed +Copies +Sent$/);
  expect(rows).toHaveLength(3 + hostileNames.length);
  expect(stdout).toContain('⟨U+202E⟩gnp.exe');
  // Nothing that a terminal would obey.
  expect(stdout).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
});

it('prints the same numbers as JSON and CSV', async () => {
  const json = JSON.parse((await report('files', '--json', ...inPeriod)).stdout) as Record<string, unknown>[];
  const csv = (await report('files', '--csv', ...inPeriod)).stdout.trimEnd().split('\r\n');
  expect(json.length).toBe(csv.length - 1);
  expect(csv[0]).toBe('host,path,requests,downloads,completed,copies,bytes,size_unknown,estimated');
  const first = json[0] as { requests: number; bytes: number };
  expect(csv[1]).toMatch(new RegExp(`,${first.requests},.*,${first.bytes},0,(?:true|false)$`));
  expect(JSON.parse((await report('files', '--json', '--limit', '2', ...inPeriod)).stdout)).toHaveLength(2);
  expect(JSON.parse((await report('files', '--json', '--path', '/none')).stdout)).toEqual([]);
});

it('says what is wrong with an option, in one line', async () => {
  const wrong = await report('files', '--tz', 'Mars/Olympus');
  expect(wrong.code).toBe(1);
  expect(wrong.stderr).toBe(
    'tallygate: --tz: must be a time zone such as Europe/Berlin\n  tallygate report files --help lists the options.\n',
  );
  expect((await report('files', '--sort', 'id;drop')).code).toBe(2);
  expect((await report('history')).code).toBe(2);
  expect((await report('nothing')).code).toBe(2);
});

it.each([
  ['history', '--path', '/files/a.iso', ...inPeriod],
  ['leeches', '--min-requests', '1', '--hours', '2160'],
  ['agents', '--class', 'bot', ...inPeriod],
  ['sources'],
])('prints %s', async (...args) => {
  const { code, stdout, stderr } = await report(...args);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout.split('\n').length).toBeGreaterThan(2);
});
