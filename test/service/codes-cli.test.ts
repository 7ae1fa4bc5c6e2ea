// `tallygate codes` as a person uses it.

import { cp, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newKey, newRing } from '../../app/keys/change.ts';
import { formatKeyFile } from '../../app/keys/file.ts';
import { startChild } from '../../app/process/child.ts';
import { projectRoot, temporaryFolder } from '../harness/folders.ts';
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

test('codes that cannot be written are not made, and no part of them stays', async () => {
  const before = await batches();
  const file = (name: string) => path.join(dir, name);
  await writeFile(file('there.csv'), 'other codes');
  const there = await create(
    '--pdf',
    file('new.pdf'),
    '--cards',
    file('new.html'),
    '--csv',
    file('there.csv'),
  );
  expect(there.code).toBe(1);
  expect(there.stderr).toMatch(
    /cannot write .*there\.csv \(EEXIST\)\n {2}No batch was made\. Name files that/,
  );
  expect(await readFile(file('there.csv'), 'utf8')).toBe('other codes');
  // As on a full disk: no file may be larger than 1 KiB.
  const full = await limited(
    1,
    'create',
    '--label',
    'x',
    '--files',
    '/a',
    '--csv',
    file('s.csv'),
    '--pdf',
    file('f.pdf'),
  );
  expect(full.stderr).toMatch(
    /cannot write .*f\.pdf: the file would be larger than is allowed \(EFBIG\)\n {2}No batch/,
  );
  for (const name of ['new.pdf', 'new.html', 's.csv', 'f.pdf'])
    await expect(stat(file(name))).rejects.toThrow(/ENOENT/);
  expect(await batches()).toBe(before);
});

/** The command in a process that may write no file beyond so many KiB. */
async function limited(kib: number, ...args: string[]) {
  const script = `trap '' XFSZ; ulimit -f ${kib}; exec "$@"`;
  const program = [process.execPath, path.join(projectRoot, 'dist/tallygate.js'), 'codes', ...args];
  const child = await startChild('bash', ['-c', script, 'bash', ...program], {
    env: { PATH: process.env.PATH ?? '', TALLYGATE_CONFIG: '/dev/null', ...env },
  });
  return { ...(await child.exited), stderr: child.stderr() };
}

test('print writes the codes again, but none that is redeemed or revoked', async () => {
  const made = await create('--count', '3', '--until', '2027-12-31');
  const [, batch = ''] =
    /Batch (\w{22}): 3 codes. To write them again: tallygate codes print \1/.exec(made.stderr) ?? [];
  const again = await codes('print', batch);
  expect(again).toMatchObject({ code: 0, stdout: made.stdout });
  expect(again.stderr).toBe(
    `Batch ${batch}: 3 codes written again, 0 left out because they were redeemed or revoked.\n`,
  );
  await codes('revoke', batch, '--serial', '2');
  const lines = (await codes('print', batch)).stdout.split('\r\n');
  expect(lines.map((line) => line.split(',')[0])).toEqual(['serial', '1', '3', '']);
  const pdf = path.join(dir, 'again.pdf');
  expect((await codes('print', batch, '--pdf', pdf)).stderr).toMatch(/2 codes written again, 1 left out/);
  expect((await readFile(pdf)).subarray(0, 5).toString()).toBe('%PDF-');
  expect((await codes('print', 'none')).stderr).toMatch(/there is no batch none/);
  const key = await readFile(path.join(dir, 'codes.key'), 'utf8');
  await writeFile(path.join(dir, 'codes.key'), `${'A'.repeat(43)}\n`);
  expect((await codes('print', batch)).stderr).toMatch(
    /sealed under another key than .*codes\.key\n.*backup/,
  );
  await writeFile(path.join(dir, 'codes.key'), key);
  await codes('revoke', batch);
  expect(await codes('print', batch)).toMatchObject({ code: 1, stdout: '' });
});

test('a release prints cards wherever it lies: its thread comes with it', async () => {
  const release = path.join(await temporaryFolder('release'), 'lib');
  await cp(path.join(projectRoot, 'dist/release'), release, { recursive: true });
  const pdf = path.join(dir, 'released.pdf');
  const command = ['codes', 'create', '--label', 'x', '--files', '/a', '--pdf', pdf];
  const child = await startChild(process.execPath, [path.join(release, 'tallygate.js'), ...command], {
    env: { PATH: process.env.PATH ?? '', TALLYGATE_CONFIG: '/dev/null', ...env },
    cwd: dir,
  });
  expect(await child.exited, child.stderr()).toMatchObject({ code: 0 });
  expect((await readFile(pdf)).subarray(0, 5).toString()).toBe('%PDF-');
});

test('with [codes] reprint off nothing is sealed, and that is said', async () => {
  const off = { ...env, TALLYGATE_CODES_REPRINT: 'false' };
  const made = await tallygate(['codes', 'create', '--label', 'x', '--files', '/a'], { env: off });
  const [, batch = ''] =
    /Batch (\w{22}): 1 codes. They are stored nowhere else: keep them\./.exec(made.stderr) ?? [];
  expect((await codes('print', batch)).stderr).toMatch(
    /no code of batch \w+ can be written again\n.*reprint was off/,
  );
});

test('what is wrong is said before anything is made', async () => {
  const before = await batches();
  const notes = path.join(dir, 'notes.txt');
  await writeFile(notes, 'no picture');
  const cases: [string[], RegExp][] = [
    [['--count', '0'], /--count: /],
    [['--count', 'many'], /It must be a whole number/],
    [['--length', '7'], /--length: /],
    [['--until', 'tomorrow'], /--until: must be a day/],
    [['--until', '0000-01-01'], /--until: must be a day/],
    [['--until', '9999-12-31T23:59:59-12:00'], /--until: must be a day/],
    [['--until', '2020-12-31'], /--until: is over: 2021-01-01T00:00:00\.000Z\n.*--force/],
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
