// `tallygate codes` as a person uses it.

import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newKey, newRing } from '../../app/keys/change.ts';
import { formatKeyFile } from '../../app/keys/file.ts';
import { temporaryFolder } from '../harness/folders.ts';
import { createDatabase, type TestDatabase } from '../harness/postgres.ts';
import { tallygate } from '../harness/program.ts';

let database: TestDatabase;
let dir: string;
let env: Record<string, string>;
beforeAll(async () => {
  database = await createDatabase();
  dir = await temporaryFolder('codes');
  await writeFile(path.join(dir, 'keys.conf'), formatKeyFile([newRing(newKey('a1', new Date()))]));
  env = {
    TALLYGATE_DATABASE_URL: database.url,
    TALLYGATE_ORIGIN: 'http://127.0.0.1:1',
    TALLYGATE_KEYS_FILE: path.join(dir, 'keys.conf'),
  };
});
afterAll(() => database.drop());

const codes = (...args: string[]) => tallygate(['codes', ...args], { env });
const create = (...args: string[]) =>
  codes('create', '--label', 'Spring LP', '--files', '/lp/a.flac', ...args);
const batches = async () => (await database.sql`select count(*)::int as n from code_batches`)[0]?.n as number;

test('create writes what was asked for, shows the batch, and revokes it', async () => {
  const file = (name: string) => path.join(dir, name);
  const made = await create(
    ...[
      '--count',
      '12',
      '--uses',
      '3',
      '--until',
      '2027-12-31T23:59:59Z',
      '--title',
      'Héloïse',
      '--paper',
      'letter',
    ],
    ...['--csv', file('a.csv'), '--cards', file('a.html'), '--pdf', file('a.pdf')],
  );
  expect(made).toMatchObject({ code: 0, stdout: '' });
  expect(made.stderr).toMatch(/Made .*codes\.key\. Keep a copy/);
  expect(made.stderr).toMatch(/does not answer for \/lp\/a\.flac; is it there\?/);
  const [, batch] = /Batch (\w{22}): 12 codes/.exec(made.stderr) as unknown as [string, string];
  expect((await readFile(file('a.csv'), 'utf8')).split('\r\n')).toHaveLength(14);
  expect(await readFile(file('a.html'), 'utf8')).toContain('Héloïse');
  expect((await readFile(file('a.pdf'))).subarray(0, 5).toString()).toBe('%PDF-');
  for (const name of ['a.csv', 'a.html', 'a.pdf', 'codes.key'])
    expect((await stat(file(name))).mode & 0o777).toBe(0o600);

  expect((await codes('list')).stdout).toMatch(new RegExp(`${batch} {2}Spring LP {5}12 {4}36 {5}0 {6}0`));
  expect((await codes('show', batch)).stdout).toMatch(/0 spent, 0 held of 36 uses\n {2}\/lp\/a\.flac\n/);
  expect((await codes('revoke', batch, '--serial', '3')).stdout).toBe(
    `Code 3 of batch ${batch} is revoked.\n`,
  );
  expect((await codes('show', batch)).stdout).toMatch(/^ {5}3 {5}3 {5}0 {6}0 {2}20\d\d-/m);
  expect((await codes('revoke', batch)).code).toBe(0);
});

test('codes that cannot be written to a file are not lost', async () => {
  const file = path.join(dir, 'there.csv');
  await writeFile(file, 'other codes');
  const made = await create('--csv', file);
  expect(made.code).toBe(1);
  expect(made.stderr).toMatch(/cannot write .*there\.csv \(EEXIST\); the codes stand above as CSV/);
  expect(made.stdout).toMatch(/^serial,code,url/);
  expect(await readFile(file, 'utf8')).toBe('other codes');
});

test('what is wrong is said before anything is made', async () => {
  const before = await batches();
  const notes = path.join(dir, 'notes.txt');
  await writeFile(notes, 'no picture');
  const cases: [string[], RegExp][] = [
    [['--count', '0'], /--count: /],
    [['--count', 'many'], /It must be a whole number/],
    [['--length', '7'], /--length: /],
    [['--until', 'tomorrow'], /--until: /],
    [['--paper', 'a3'], /there is no paper "a3" here/],
    [['--artwork', notes], /is no JPEG or PNG/],
    [['--title', '春', '--pdf', path.join(dir, 'x.pdf')], /characters that PDF's own fonts lack/],
  ];
  for (const [args, message] of cases) expect((await create(...args)).stderr).toMatch(message);
  const relative = await codes('create', '--label', 'x', '--files', 'lp/a.flac');
  expect(relative.stderr).toMatch(/--files: does not start with \//);
  expect((await codes('show', 'nothing')).stderr).toMatch(/there is no batch nothing/);
  expect(await batches()).toBe(before);
});

test('a key of codes that was damaged is not taken for one', async () => {
  const file = path.join(dir, 'codes.key');
  const key = await readFile(file, 'utf8');
  await writeFile(file, 'damaged');
  expect((await create()).stderr).toMatch(/is not a key for codes\n.*Restore it from a backup/);
  await writeFile(file, key);
  expect((await codes('key')).stdout).toMatch(/is there already and stays as it is/);
  expect(await readFile(file, 'utf8')).toBe(key);
});
