// The daily salts: a chain that only runs forward, in a file that is whole at every moment.

import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { dayOf, formatSaltFile, newSalts, parseSaltFile, rotate } from '../../app/salts/file.ts';
import { rotateSalts } from '../../app/salts/rotate.ts';
import { temporaryFolder } from '../harness/folders.ts';
import { tallygate } from '../harness/program.ts';

const today = dayOf(new Date('2026-11-21T23:59:59Z'));

test('what is written is what is read', () => {
  for (const days of [1, 2, 31, 32, 33, 400]) {
    const salts = newSalts(today, days);
    expect(parseSaltFile(formatSaltFile(salts), 'salts.conf')).toEqual(salts);
  }
});

test('two hosts that start from one file agree for ever, however late each rotates', () => {
  const start = newSalts(today, 10);
  const daily = Array.from({ length: 700 }, (_, i) => today + i).reduce(
    (salts, day) => rotate(salts, day, day + 400),
    start,
  );
  const late = rotate(start, today + 699, today + 699 + 400);
  expect(late).toEqual(daily);
  expect(late[0]?.day).toBe(today + 699);
});

test('a day that is over is gone from the file, and no later salt leads back to it', async () => {
  const file = path.join(await temporaryFolder('salts'), 'salts.conf');
  const now = new Date('2026-11-21T12:00:00Z');
  expect(await rotateSalts(file, now, 'none')).toEqual({ dropped: 0, days: 401 });
  const before = parseSaltFile(await readFile(file, 'utf8'), file);
  expect((await stat(file)).mode & 0o777).toBe(0o600);

  expect(await rotateSalts(file, new Date('2026-11-23T00:00:00Z'), 'none')).toEqual({
    dropped: 2,
    days: 401,
  });
  const text = await readFile(file, 'utf8');
  const after = parseSaltFile(text, file);
  expect(text).not.toContain(before[0]?.salt);
  expect(text).not.toContain(before[1]?.salt);
  expect(after[0]).toEqual(before[2]);
  expect(new Set(after.map(({ salt }) => salt)).size).toBe(401);
});

test('what is kept of addresses stands in the file, and can change', async () => {
  const file = path.join(await temporaryFolder('salts'), 'salts.conf');
  const now = new Date();
  await rotateSalts(file, now, 'none');
  const salts = parseSaltFile(await readFile(file, 'utf8'), file);
  await rotateSalts(file, now, 'prefix');
  const text = await readFile(file, 'utf8');
  expect(text).toContain('map "" $tallygate_address { default $tallygate_address_prefix; }');
  expect(parseSaltFile(text, file)).toEqual(salts);
});

test('rotating twice a day changes nothing', async () => {
  const file = path.join(await temporaryFolder('salts'), 'salts.conf');
  await rotateSalts(file, new Date('2026-11-21T00:00:00Z'), 'none');
  const before = await stat(file, { bigint: true });
  await rotateSalts(file, new Date('2026-11-21T23:59:59Z'), 'none');
  expect((await stat(file, { bigint: true })).mtimeNs).toBe(before.mtimeNs);
});

test.each([
  ['an empty file', ''],
  ['a torn one', formatSaltFile(newSalts(today, 40)).slice(0, -30)],
  ['a changed one', formatSaltFile(newSalts(today, 3)).replace('njs says', 'NGINX says')],
])('%s is refused, and left alone', async (_, text) => {
  const file = path.join(await temporaryFolder('salts'), 'salts.conf');
  await writeFile(file, text);
  await expect(rotateSalts(file, new Date(), 'none')).rejects.toThrow('is not as tallygate salts writes it');
  expect(await readFile(file, 'utf8')).toBe(text);
});

test('the command line', async () => {
  const file = path.join(await temporaryFolder('salts'), 'salts.conf');
  const env = { TALLYGATE_AGENT_SALTS_FILE: file };
  expect(await tallygate(['salts', 'rotate'], { env })).toMatchObject({
    code: 0,
    stdout: `${file}: 401 days from today on, 0 past days dropped.\n`,
  });
  const outcome = await tallygate(['salts', 'rotate'], {
    env: { TALLYGATE_AGENT_SALTS_FILE: '/nowhere/salts.conf' },
  });
  expect(outcome).toMatchObject({ code: 1, stdout: '' });
  expect(outcome.stderr).toContain('Make the folder /nowhere first.');
});
