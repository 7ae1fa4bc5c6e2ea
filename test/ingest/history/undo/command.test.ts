// `tallygate ingest --list` and `--undo`, the program itself: what it says, what it refuses, and that it goes on where it
// was killed.

import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { closeOldDays } from '../../../../app/ingest/store/partitions.ts';
import { startChild } from '../../../../app/process/child.ts';
import { projectRoot, temporaryFolder } from '../../../harness/folders.ts';
import { createDatabase, type TestDatabase } from '../../../harness/postgres.ts';
import { tallygate } from '../../../harness/program.ts';
import { count, writerFor } from '../../in-process.ts';
import { lines, noon, visitor } from '../../records.ts';

let database: TestDatabase;
let folder: string;
beforeEach(async () => {
  database = await createDatabase();
  folder = await temporaryFolder('undo');
});
afterEach(() => database.drop());

/** Combined lines, one an hour, of some hours of October 2023. */
function hours(from: number, to: number, file = 'a'): string {
  let text = '';
  for (let hour = from; hour < to; hour += 1) {
    const [day, time] = [Math.floor(hour / 24) + 1, hour % 24].map((number) =>
      String(number).padStart(2, '0'),
    );
    text += `198.51.100.${hour % 3} - - [${day}/Oct/2023:${time}:00:00 +0000] "GET /${file}.iso HTTP/1.1" 200 ${1000 + hour} "-" "curl/8.5.0"\n`;
  }
  return text;
}

async function write(name: string, content: string): Promise<void> {
  await writeFile(path.join(folder, name), content);
}

const run = (...args: string[]) =>
  tallygate(args, { cwd: folder, env: { TALLYGATE_DATABASE_URL: database.url, TALLYGATE_EDGE: 'fra1' } });

async function numbers(): Promise<{ requests: number; rows: number }> {
  const [row] = await database.sql<{ requests: number; rows: number }[]>`
    select (select coalesce(sum(requests), 0) from tallies)::int as requests,
      ((select count(*) from transfers) + (select count(*) from tallies) + (select count(*) from tally_days)
        + (select count(*) from tally_months) + (select count(*) from tally_totals) + (select count(*) from key_usage)
        + (select count(*) from import_lines) + (select count(*) from sources) + (select count(*) from files)
        + (select count(*) from file_versions) + (select count(*) from origins) + (select count(*) from rejects)
        + (select count(*) from reject_counts) + (select count(*) from transfer_shares)
        + (select count(*) from pg_inherits where inhparent = 'transfers'::regclass))::int as rows`;
  return row ?? { requests: -1, rows: -1 };
}

it('lists imports, and takes one back: nothing is left of it', async () => {
  await write('a.log', `${hours(0, 60)}nonsense\n`);
  await run('ingest', 'a.log');
  expect((await run('ingest', '--list')).stdout).toMatch(
    /^1\s+a\.log\s+fra1\s+\S+ \S+\s+61\s+60\s+2023-10-01 to 2023-10-03\s+yes$/m,
  );
  expect(await numbers()).toMatchObject({ requests: 60 });
  const undone = await run('ingest', '--undo', 'a.log');
  expect(undone).toMatchObject({ code: 0 });
  expect(undone.stdout).toMatch(/Taken back/);
  expect(await numbers()).toEqual({ requests: 0, rows: 0 });
  expect((await run('ingest', 'a.log')).stdout).toMatch(/61\s+60\s+0\s+0\s+1/);
  expect((await run('status', '--all')).stdout).toContain('all accounted for');
});

it('refuses an import that another rests on, names the command that takes back both, and that does', async () => {
  await write('month.log', hours(0, 48));
  await write('day.log', hours(24, 60));
  await write('other.log', hours(24, 48, 'b'));
  await run('ingest', 'month.log', 'day.log', 'other.log');
  const refused = await run('ingest', '--undo', 'month.log');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/day\.log \(2\) was imported later and holds the same lines/);
  expect(refused.stderr).not.toContain('other.log');
  const [, rest = ''] = /tallygate (ingest --undo 1 --undo 2)$/m.exec(refused.stderr) ?? [];
  expect(await numbers()).toMatchObject({ requests: 84 });
  expect(await run(...rest.split(' '))).toMatchObject({ code: 0 });
  expect(await numbers()).toMatchObject({ requests: 24 });
  // The one that rests on another can go alone.
  await run('ingest', 'month.log', 'day.log');
  expect(await run('ingest', '--undo', 'day.log')).toMatchObject({ code: 0 });
  expect(await numbers()).toMatchObject({ requests: 72 });
});

it.each([
  ['no import', ['--undo', 'none.log'], /none\.log is no import/],
  ['a file beside it', ['--undo', '1', 'a.log'], /--undo takes no files/],
  ['a dry run', ['--undo', '1', '--dry-run'], /--undo has no --dry-run/],
])('refuses %s', async (_, args, message) => {
  const outcome = await run('ingest', ...args);
  expect(outcome.code).toBe(1);
  expect(outcome.stderr).toMatch(message);
});

it('refuses an import of which days were closed, and changes nothing', async () => {
  await write('a.log', hours(0, 48));
  await run('ingest', 'a.log');
  await database.sql`update import_lines set created_at = now() - interval '8 days' where day = '2023-10-01'`;
  expect(await closeOldDays(database.sql, Math.floor(Date.now() / 86_400_000) - 90)).toEqual(['2023-10-01']);
  expect((await run('ingest', '--list')).stdout).toMatch(/no, days are closed/);
  const before = await numbers();
  const refused = await run('ingest', '--undo', '1');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/of 24 of its 48 requests the days are closed/);
  expect(await numbers()).toEqual(before);
});

it('goes on where it was killed; meanwhile nothing is imported, no day is closed, and status says it', async () => {
  await promisify(execFile)(process.execPath, ['app/build.mjs', '--failpoints'], { cwd: projectRoot });
  await write('a.log', hours(0, 96));
  await write('b.log', hours(48, 72, 'b'));
  await run('ingest', 'a.log');
  for (const place of ['undo_marked', 'undo_part', 'undo_part:2']) {
    const env = {
      PATH: process.env.PATH ?? '',
      TALLYGATE_CONFIG: '/dev/null',
      TALLYGATE_DATABASE_URL: database.url,
    };
    const program = path.join(projectRoot, 'dist/failpoints/tallygate.js');
    const child = await startChild(process.execPath, [program, 'ingest', '--undo', '1'], {
      env: { ...env, TALLYGATE_FAILPOINT: place },
      cwd: folder,
    });
    expect((await child.exited).signal).toBe('SIGKILL');
    const status = await run('status');
    expect(status.stdout).toMatch(/a\.log is taken back in part/);
    expect(status.stdout).toContain('all accounted for');
  }
  const refused = await run('ingest', 'b.log');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/First finish that: tallygate ingest --undo 1/);
  await database.sql`update import_lines set created_at = now() - interval '8 days'`;
  expect(await closeOldDays(database.sql, Math.floor(Date.now() / 86_400_000) - 90)).toEqual([]);
  expect(await run('ingest', '--undo', '1')).toMatchObject({ code: 0 });
  expect(await numbers()).toEqual({ requests: 0, rows: 0 });
  expect(await run('ingest', 'b.log')).toMatchObject({ code: 0 });
});

it('an imported log that an agent goes on with is no import any more', async () => {
  const text = lines([{ visitor: visitor('a') }, { visitor: visitor('b') }]);
  await write('downloads.log', text);
  await run('ingest', 'downloads.log');
  const writer = writerFor(database);
  await count(writer, `${text}${lines([{ visitor: visitor('a'), at: noon + 5 }])}`);
  await writer.close();
  expect((await run('ingest', '--undo', 'downloads.log')).stderr).toMatch(/downloads\.log is no import/);
  expect(await numbers()).toMatchObject({ requests: 3 });
});

it('refuses records that may have been counted live, under another first line, too', async () => {
  const records = Array.from({ length: 20 }, (_, n) => ({ visitor: visitor(`${n % 4}`), at: noon + n }));
  const text = lines(records);
  const writer = writerFor(database);
  await count(writer, text);
  await writer.close();
  // Without its first line; and between records that were not counted.
  await write('copy.log', text.slice(text.indexOf('\n') + 1));
  const others = (from: number) =>
    lines(
      Array.from({ length: 5 }, (_, n) => ({ visitor: visitor(`other ${from + n}`), at: noon + from + n })),
    );
  await write('mixed.log', others(-50) + text + others(50));
  for (const file of ['copy.log', 'mixed.log']) {
    const refused = await run('ingest', file);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/counted live/);
    expect(await numbers()).toMatchObject({ requests: 20 });
  }
  expect((await run('ingest', '--list')).stdout.trim().split('\n')).toHaveLength(1);
  await write('others.log', others(100));
  expect(await run('ingest', 'others.log')).toMatchObject({ code: 0 });
  expect(await run('ingest', '--overlap', 'copy.log')).toMatchObject({ code: 0 });
  expect(await numbers()).toMatchObject({ requests: 44 });
  await run('ingest', '--undo', 'copy.log');
  expect(await numbers()).toMatchObject({ requests: 25 });
});
