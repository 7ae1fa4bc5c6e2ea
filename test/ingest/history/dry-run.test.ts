// `tallygate ingest --dry-run`: what is shown, and that nothing is changed.

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startChild } from '../../../app/process/child.ts';
import { projectRoot, temporaryFolder } from '../../harness/folders.ts';
import { createDatabase, type TestDatabase } from '../../harness/postgres.ts';
import { lines, visitor } from '../records.ts';

let database: TestDatabase;
let folder: string;
beforeEach(async () => {
  database = await createDatabase();
  folder = await temporaryFolder('dry-run');
});
afterEach(() => database.drop());

/** Runs the program in a shell, so that it can read standard input. */
async function shell(command: string): Promise<string> {
  const program = `'${process.execPath}' '${path.join(projectRoot, 'dist/tallygate.js')}'`;
  const env = {
    PATH: process.env.PATH ?? '',
    TALLYGATE_CONFIG: '/dev/null',
    TALLYGATE_DATABASE_URL: database.url,
  };
  const child = await startChild('/bin/sh', ['-c', command.replace('tallygate', program)], {
    env,
    cwd: folder,
  });
  await child.exited;
  return child.stdout();
}

it('shows hosts, files, days, visitors and rejected lines, without addresses and queries', async () => {
  const line = (n: number, file: string) =>
    `198.51.100.${n % 3} - - [0${1 + (n % 2)}/Oct/2023:00:00:0${n % 10} +0000] "GET /${file}.iso HTTP/1.1" 200 1000 "-" "curl/8.5.0"\n`;
  const content = Array.from({ length: 33 }, (_, n) => line(n, n < 30 ? 'a' : 'b')).join('');
  const broken = `203.0.113.77 - - [01/Oct/2023:00:00:00 +0000] "BROKEN /x?key=secret" 200 5 "-" "x"\n`;
  await writeFile(path.join(folder, 'a.log'), content + broken);
  const stdout = await shell('tallygate ingest --dry-run --host dl.example.org a.log');
  expect(stdout).toMatch(/^dl\.example\.org\s+33$/m);
  expect(stdout).toMatch(/^dl\.example\.org\/a\.iso\s+30\s+30000$/m);
  expect(stdout).toMatch(/^2023-10-01\s+17$/m);
  expect(stdout).toMatch(/added up: 6$/m);
  expect(stdout).toMatch(/^request_line\s+a\.log\s+34\s+\(address\) - - /m);
  expect(stdout).not.toMatch(/203\.0\.113|secret/);
  expect(await database.sql`select from sources`).toHaveLength(0);
});

it('reads records from standard input, too, and counts none', async () => {
  await writeFile(path.join(folder, 'a.log'), lines([{ visitor: visitor('a') }, { visitor: visitor('b') }]));
  expect(await shell('cat a.log | tallygate ingest --dry-run -')).toMatch(/^dl\.example\.org\s+2$/m);
  expect(await database.sql`select from sources union all select from transfers`).toHaveLength(0);
});
