// Logs that meet each other: that begin alike, overlap, are imported again in other ways. Whatever is imported first and how
// often, every request is counted once, and every line is accounted for.

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzip as gzipCallback } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../harness/folders.ts';
import { createDatabase, type TestDatabase } from '../../harness/postgres.ts';
import { tallygate } from '../../harness/program.ts';
import { count, writerFor } from '../in-process.ts';
import { lines } from '../records.ts';

const gzip = promisify(gzipCallback);
let database: TestDatabase;
let folder: string;
beforeEach(async () => {
  database = await createDatabase();
  folder = await temporaryFolder('import');
});
afterEach(() => database.drop());

const start = Date.UTC(2026, 9, 1);
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A combined line of a request so many seconds after the start. */
function clf(
  second: number,
  { client = `198.51.100.${second % 200}`, file = 'a', bytes = 1000 } = {},
): string {
  const at = new Date(start + second * 1000);
  const two = (number: number) => String(number).padStart(2, '0');
  const day = `${two(at.getUTCDate())}/${months[at.getUTCMonth()]}/${at.getUTCFullYear()}`;
  const time = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
  return `${client} - - [${day}:${time} +0000] "GET /iso/${file}.iso HTTP/1.1" 200 ${bytes} "-" "curl/8.4.0"\n`;
}

/** Lines of the seconds from `from` to `to`, every `step`. */
function log(from: number, to: number, step = 10, about: Parameters<typeof clf>[1] = {}): string {
  let text = '';
  for (let second = from; second < to; second += step) text += clf(second, about);
  return text;
}

async function write(name: string, content: string | Uint8Array): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, content);
  return file;
}

async function ingest(...args: string[]): Promise<{ code: number | null; rows: string[]; stderr: string }> {
  const { code, stdout, stderr } = await tallygate(['ingest', ...args], {
    env: { TALLYGATE_DATABASE_URL: database.url, TALLYGATE_EDGE: 'fra1' },
  });
  const [table = ''] = stdout.split('\n\n');
  const rows = table
    .split('\n')
    .slice(1)
    .map((row) => row.trim().split(/\s+/).slice(1).join(' '));
  return { code, rows: rows.filter(Boolean), stderr };
}

async function counted(): Promise<{ requests: number; bytes: number }> {
  const [row] = await database.sql<{ requests: number; bytes: number }[]>`
    select coalesce(sum(requests), 0)::int as requests, coalesce(sum(bytes), 0)::int as bytes from tallies`;
  return row ?? { requests: 0, bytes: 0 };
}

describe('logs that begin with one line', () => {
  const probe = `127.0.0.1 - - [01/Oct/2026:00:00:00 +0000] "GET /healthz HTTP/1.1" 200 2 "-" "kube-probe/1.27"\n`;
  const turned = 'Oct  1 00:00:00 www newsyslog[81233]: logfile turned over due to -F request\n';

  it('a health probe: both are read whole, in either order', async () => {
    const a = await write('hostA.log', probe + log(1, 10_001));
    const b = await write('hostB.log', probe + log(2, 4002, 10, { file: 'b' }));
    // The probe is one line in two logs: one request.
    expect((await ingest(a, b)).rows).toEqual(['1001 1001 0 0 0', '401 400 1 0 0']);
    expect((await ingest(b, a)).rows).toEqual(['401 0 401 0 0', '1001 0 1001 0 0']);
    expect((await counted()).requests).toBe(1401);
  });

  it('what the rotation program wrote is rejected in each, and said', async () => {
    const files = await Promise.all(
      [90, 50, 30].map((lines, n) =>
        write(`vhost-${n}.log`, turned + log(n, n + 10 * lines, 10, { file: String(n) })),
      ),
    );
    const outcome = await ingest(...files);
    expect(outcome.rows).toEqual(['91 90 0 0 1', '51 50 0 0 1', '31 30 0 0 1']);
    expect(outcome.code).toBe(3);
    expect((await counted()).requests).toBe(170);
  });

  it('a shorter copy of a log is known, line by line', async () => {
    const whole = await write('whole.log', log(0, 1000));
    await ingest(whole);
    expect((await ingest(await write('copy.log', log(0, 500)))).rows).toEqual(['50 0 50 0 0']);
    expect((await ingest(await write('grown.log', log(0, 1500)))).rows).toEqual(['150 50 100 0 0']);
  });
});

describe('logs that overlap', () => {
  it('the month, then a day of it with lines of its own: in either order, and again', async () => {
    const torn = clf(5000).slice(0, 40);
    const month = await write('month.log', log(0, 5000) + torn);
    const day = await write('day.log.gz', await gzip(log(3420, 5000) + log(5001, 6621)));
    for (const files of [
      [month, day],
      [day, month],
    ]) {
      await ingest(...files);
      expect((await counted()).requests).toBe(662);
    }
    const outcome = await ingest(month, day);
    expect(outcome.rows).toEqual(['500 0 500 0 0', '320 0 320 0 0']);
    expect(outcome.stderr).toMatch(/month\.log ends in a line without its end \(40 bytes\): not counted/);
    expect(outcome.code).toBe(3);
  });

  it('the same with other options: what was left out is counted, what was counted is known', async () => {
    const file = await write('access.log', log(0, 100, 10, { file: 'a' }) + log(100, 200, 10, { file: 'b' }));
    expect((await ingest('--match', 'a.iso', file)).rows).toEqual(['20 10 0 10 0']);
    expect((await ingest('--match', 'b.iso', file)).rows).toEqual(['20 10 0 10 0']);
    expect((await ingest('--host', 'other.example.org', file)).rows).toEqual(['20 20 0 0 0']);
    expect((await ingest(file)).rows).toEqual(['20 0 20 0 0']);
    expect((await ingest('--since', '2026-10-01T00:02:30Z', '--until', '2026-10-02', file)).rows).toEqual([
      '20 0 5 15 0',
    ]);
  });

  it('one server in two formats is one server', async () => {
    const combined = log(0, 100);
    const vhosts = combined.replace(/^/gm, 'localhost ').replace(/localhost $/, '');
    await ingest(await write('combined.log', combined));
    expect((await ingest(await write('vhost.log', vhosts))).rows).toEqual(['10 0 10 0 0']);
  });

  it('lines that stand twice in one log are two requests; in two logs they are as many as in one of them', async () => {
    const line = clf(7, { client: '198.51.100.7' });
    const other = clf(7, { client: '198.51.100.8' });
    await ingest(await write('two.log', line + line));
    expect((await ingest(await write('three.log', line + line + line + other))).rows).toEqual(['4 2 2 0 0']);
    expect((await counted()).requests).toBe(4);
  });

  it('any logs cut out of one, in any order, come to that one', async () => {
    const all = Array.from({ length: 400 }, (_, n) =>
      clf(Math.floor(n / 3) * 700, { client: `198.51.100.${n % 2}` }),
    );
    const cut = fc.array(fc.tuple(fc.nat(399), fc.nat(399)), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(cut, async (cuts) => {
        await database.sql`truncate import_lines, sources, rejects, reject_counts, transfers, tallies, tally_totals,
          tally_days, tally_months, key_usage`;
        const files = await Promise.all(
          [...cuts, [0, 399] as const].map(([a, b], n) =>
            write(`cut-${n}.log`, all.slice(Math.min(a, b), Math.max(a, b) + 1).join('')),
          ),
        );
        await ingest(...files);
        expect((await counted()).requests).toBe(all.length);
      }),
      { numRuns: 6 },
    );
  });
});

describe('a log that goes on after its host was counted live', () => {
  it('is refused with the time to leave out; counted with --until, or all of it with --overlap', async () => {
    const writer = writerFor(database);
    await count(writer, lines([{ host: 'localhost', at: start / 1000 + 3600 }]));
    await writer.close();
    await database.sql`update sources set created_at = ${new Date(start + 1_800_000)}`;
    const file = await write('access.log', log(0, 7200, 100));
    const refused = await ingest(file);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/localhost is counted live since 2026-10-01T00:30:00Z/);
    expect((await counted()).requests).toBe(1);
    expect((await ingest('--until', '2026-10-01T00:30:00Z', file)).rows).toEqual(['72 18 0 54 0']);
    const packed = await write('access.log.1.gz', await gzip(log(0, 7200, 100)));
    expect((await ingest(packed)).code).toBe(1);
    expect((await ingest('--overlap', packed)).rows).toEqual(['72 54 18 0 0']);
    // Of another host, and of an earlier time: nothing was counted live.
    const other = await write('other.log', log(0, 7200, 300, { file: 'c' }));
    expect((await ingest('--host', 'other.example.org', other)).rows).toEqual(['24 24 0 0 0']);
    expect((await ingest(await write('early.log', log(1, 1000, 300, { file: 'd' })))).rows).toEqual([
      '4 4 0 0 0',
    ]);
  });
});

describe('nothing is skipped without a word', () => {
  it('a last line without its end is counted where nothing else is missing', async () => {
    const whole = log(0, 30);
    expect((await ingest(await write('cut.log', whole.slice(0, -1)))).rows).toEqual(['3 3 0 0 0']);
    // Completed and gone on: the last line is known.
    expect((await ingest(await write('longer.log', log(0, 50)))).rows).toEqual(['5 2 3 0 0']);
  });

  it('a file that cannot be read does not keep the others from being read', async () => {
    const good = await write('good.log', log(0, 30));
    const outcome = await ingest(path.join(folder, 'none.log'), good, folder);
    expect(outcome.rows).toEqual(['0 0 0 0 0', '3 3 0 0 0', '0 0 0 0 0']);
    expect(outcome.stderr).toMatch(/nothing of .*none\.log was counted: cannot read .*ENOENT/);
    expect(outcome.stderr).toMatch(/is not a regular file/);
    expect(outcome.code).toBe(3);
  });

  it('more days in one file than a transaction may lock', async () => {
    const dayLength = 86_400;
    const days = log(-250 * dayLength, 0, dayLength);
    expect((await ingest(await write('days.log', days))).rows).toEqual(['250 250 0 0 0']);
    const [first] =
      await database.sql`select min(xmin::text::int) <> max(xmin::text::int) as several from transfers`;
    expect(first).toEqual({ several: true });
    expect((await ingest(await write('again.log', clf(5) + days))).rows).toEqual(['251 1 250 0 0']);
  });

  it('days that were closed are rejected, and said', async () => {
    await ingest(await write('a.log', log(0, 30)));
    await database.sql`insert into closed_days (day) values ('2026-10-01')`;
    const outcome = await ingest(await write('b.log', log(1, 31)));
    expect(outcome.rows).toEqual(['3 0 0 0 3']);
    expect(outcome.code).toBe(3);
  });
});
