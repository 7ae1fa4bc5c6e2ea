// `tallygate ingest`, the program itself: files, packed files, streams; and what status, rebuild and reclassify say.

import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzip as gzipCallback } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { projectRoot, temporaryFolder } from '../../harness/folders.ts';
import { createDatabase, type TestDatabase } from '../../harness/postgres.ts';
import { tallygate } from '../../harness/program.ts';
import { line, lines, noon, visitor } from '../records.ts';

const gzip = promisify(gzipCallback);
let database: TestDatabase;
let folder: string;
beforeEach(async () => {
  database = await createDatabase();
  folder = await temporaryFolder('import');
});
afterEach(() => database.drop());

const run = (args: string[], env: Record<string, string> = {}) =>
  tallygate(args, { env: { TALLYGATE_DATABASE_URL: database.url, TALLYGATE_EDGE: 'fra1', ...env } });

async function write(name: string, content: string | Uint8Array): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, content);
  return file;
}

const clf = `${Array.from(
  { length: 50 },
  (_, i) =>
    `203.0.113.${i % 5} - - [${String(1 + (i % 28)).padStart(2, '0')}/Oct/2023:13:00:00 +0200] "GET /files/${i % 2 ? 'a/x' : 'b/x'}.iso HTTP/1.1" 200 ${1000 + i} "-" "curl/8.5.0"\n`,
).join(
  '',
)}203.0.113.9 - - [01/Oct/2023:13:00:00 +0200] "GET /page HTTP/1.1" 200 5 "https://x.org/x.iso" "curl/8"\n`;

it('imports a combined log once, whatever it is called and however it is packed', async () => {
  const plain = await write('access.log.1', clf);
  const first = await run(['ingest', '--match', '*.iso', plain]);
  expect(first).toMatchObject({ code: 0 });
  expect(first.stdout).toMatch(/51\s+50\s+0\s+1\s+0/);
  const copy = await write('copy.gz', await gzip(clf));
  const again = await run(['ingest', '--match', 'none', '--match', '*.iso', plain, copy]);
  expect(again.stdout).toMatch(/copy\.gz\s+51\s+0\s+51\s+0\s+0/);
  const rows =
    await database.sql`select path, sum(requests)::int as requests from report.files group by path order by path`;
  expect([...rows]).toEqual([
    { path: '/files/a/x.iso', requests: 25 },
    { path: '/files/b/x.iso', requests: 25 },
  ]);
  const [dump] = await database.sql`select string_agg(t::text, ' ') as all from origins t`;
  expect(dump?.all).not.toContain('203.0.113');
  expect((await run(['status', '--all'])).stdout).toContain('all accounted for');
});

it('resumes in the middle: the rest of a half-read log, from its packed form', async () => {
  const half = await write(
    'downloads.log',
    lines(Array.from({ length: 20 }, (_, i) => ({ at: noon + i, visitor: visitor(`${i}`) }))),
  );
  await run(['ingest', half]);
  const whole = `${await readFile(half, 'utf8')}${lines([{}, {}, {}])}`;
  const packed = await write('downloads.log.2.gz', await gzip(whole));
  expect((await run(['ingest', packed])).stdout).toMatch(/23\s+3\s+20\s+0\s+0/);
});

it('reads a log of more lines than a batch holds to its end, and says that its last line is half a line', async () => {
  const records = lines(
    Array.from({ length: 60_000 }, (_, i) => ({
      at: noon + i / 1000,
      sent: 1,
      visitor: visitor(`${i % 100}`),
    })),
  );
  const long = await write('long.log', `${records}{"v":1,`);
  for (const options of [['--dry-run'], []]) {
    const outcome = await run(['ingest', ...options, long]);
    expect(outcome.stdout).toMatch(/60000\s+60000\s+0\s+0\s+0/);
    expect(outcome.stderr).toMatch(/ends in a line without its end \(7 bytes\)/);
    expect(outcome.code).toBe(3);
  }
  const [row] =
    await database.sql`select sum(requests)::int as requests, sum(bytes)::int as bytes from tallies`;
  expect(row).toEqual({ requests: 60_000, bytes: 60_000 });
});

it('refuses a packed log that is cut off, and counts nothing of it', async () => {
  const packed = await gzip(lines(Array.from({ length: 200 }, () => ({}))));
  const outcome = await run(['ingest', await write('cut.gz', packed.subarray(0, packed.length - 20))]);
  expect(outcome.code).toBe(1);
  expect(outcome.stderr).toMatch(/damaged or not complete/);
  expect(await database.sql`select 1 from sources where lines > 0`).toHaveLength(0);
});

it.each([
  ['zstd', 'zst'],
  ['bzip2', 'bz2'],
  ['xz', 'xz'],
])('reads %s', async (program, ending) => {
  const plain = await write('z.log', lines([{}, {}]));
  await new Promise((resolve) => spawn(program, ['-q', plain]).once('exit', resolve));
  const packed = `${plain}.${ending}`;
  expect((await run(['ingest', packed])).stdout).toMatch(/2\s+2\s+0/);
  const missing = await run(['ingest', packed], { PATH: folder });
  expect(missing.stderr).toMatch(
    new RegExp(`packed by ${program} cannot be read: the program is missing[^]*Install the package`),
  );
  await writeFile(packed, (await readFile(packed)).subarray(0, -4));
  expect((await run(['ingest', packed])).stderr).toMatch(/damaged or not complete/);
});

it('names the package when zstd is missing', async () => {
  const plain = await write('z.log', lines([{}]));
  await new Promise((resolve) => spawn('zstd', ['-q', plain]).once('exit', resolve));
  const outcome = await run(['ingest', `${plain}.zst`], { PATH: '/nowhere' });
  expect(outcome.code).toBe(1);
  expect(outcome.stderr).toContain('Install the package zstd.');
});

it('counts only the records of paths that --match names', async () => {
  const records = await write('r.log', lines([{}, { path: '/page' }]));
  const outcome = await run(['ingest', '--match', '*.iso', records]);
  expect(outcome.stdout).toMatch(/2\s+1\s+0\s+1\s+0/);
  expect(outcome.stdout).toMatch(/filtered_path\s+1/);
});

it('says what it would count, and changes nothing', async () => {
  const outcome = await run(['ingest', '--dry-run', await write('a.log', clf)]);
  expect(outcome.stdout).toMatch(/51\s+51\s+0\s+0\s+0/);
  expect(await database.sql`select 1 from sources`).toHaveLength(0);
});

it.each([
  ['a folder', () => folder, /not a regular file/],
  ['a file that is not there', () => path.join(folder, 'none.log'), /ENOENT/],
  ['a file in no known format', () => write('odd.log', 'nonsense\n'), /in no format/],
])('refuses %s', async (_, file, message) => {
  const outcome = await run(['ingest', await file()]);
  expect(outcome.code).toBe(1);
  expect(outcome.stderr).toMatch(message);
});

it('counts a stream once by request id, however often its records come', async () => {
  const now = Date.now() / 1000;
  const records = Array.from({ length: 30 }, (_, i) => line({ at: now - i, visitor: visitor(`${i}`) }));
  const send = async (text: string) => {
    const child = spawn(process.execPath, [path.join(projectRoot, 'dist/tallygate.js'), 'ingest', '-'], {
      env: {
        PATH: process.env.PATH,
        TALLYGATE_CONFIG: '/dev/null',
        TALLYGATE_DATABASE_URL: database.url,
        TALLYGATE_EDGE: 'fra1',
      },
    });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (data: string) => {
      out += data;
    });
    child.stdin.end(text);
    await new Promise((resolve) => child.once('close', resolve));
    return out.split('\n')[1]?.trim().split(/\s+/).map(Number);
  };
  expect(await send(`${records.slice(0, 20).join('\n')}\nnonsense\n`)).toEqual([21, 20, 0, 1]);
  expect(await send(`${records.join('\n')}\n${records[0]}\n${line({ at: now - 400_000 })}\n`)).toEqual([
    32, 10, 21, 1,
  ]);
  // Whoever sent it went away within a line.
  expect(await send('{"v":1,"edge":"fra1"')).toEqual([1, 0, 0, 1]);
  const [row] = await database.sql`select sum(requests)::int as requests from tallies`;
  expect(row).toEqual({ requests: 30 });
  expect((await run(['status'])).stdout).toContain('all accounted for');
});

it('rebuild proves the tallies, and mends them', async () => {
  await run([
    'ingest',
    await write(
      'a.log',
      lines(Array.from({ length: 20 }, (_, i) => ({ at: noon + 60 * i, visitor: visitor(`${i % 7}`) }))),
    ),
  ]);
  expect((await run(['rebuild', '--check'])).code).toBe(0);
  await database.sql`update tallies set downloads = downloads + 1`;
  expect((await run(['rebuild', '--check'])).code).toBe(1);
  expect((await run(['rebuild'])).code).toBe(0);
  expect((await run(['rebuild', '--check'])).code).toBe(0);
});

it('reclassify applies new patterns to what was counted, and the sums stay', async () => {
  const fields = [{ agent: 'HomeTheatre/1.0' }, { agent: 'curl/8.5.0', visitor: visitor('2') }];
  await run(['ingest', await write('a.log', lines(fields))]);
  const classes = async () => [
    ...(await database.sql`select class, sum(downloads)::int as downloads from report.files group by class order by 1`),
  ];
  expect(await classes()).toEqual([{ class: 'tool', downloads: 2 }]);
  const rules = async () => [
    ...(await database.sql`select agent, rule from origins order by agent collate "C" desc`),
  ];
  expect(await rules()).toEqual([
    { agent: 'curl/8.5.0', rule: 'tool curl' },
    { agent: 'HomeTheatre/1.0', rule: 'other program' },
  ]);
  // As a release wrote it that knew of no rules.
  await database.sql`update origins set rule = '' where agent = 'curl/8.5.0'`;
  const reclassify = await run(['reclassify'], { TALLYGATE_CLASSES_DENY: '^HomeTheatre/' });
  expect(reclassify.stdout).toContain('2 origins');
  expect(await rules()).toEqual([
    { agent: 'curl/8.5.0', rule: 'tool curl' },
    { agent: 'HomeTheatre/1.0', rule: 'classes.deny ^HomeTheatre/' },
  ]);
  expect(await classes()).toEqual([
    { class: 'tool', downloads: 1 },
    { class: 'bot', downloads: 1 },
  ]);
  expect((await run(['rebuild', '--check'])).code).toBe(0);
});
