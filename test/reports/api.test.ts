// Reports over HTTP: every report, every order, paged and whole, as JSON and CSV.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reports } from '../../app/reports/index.ts';
import { ordersOf } from '../../app/reports/read.ts';
import type { Report } from '../../app/reports/report.ts';
import { dayOf, noon } from '../ingest/records.ts';
import { api } from '../service/harness.ts';
import { type FilledSite, formulas, hostileNames, period, startFilledService } from './site.ts';

let site: FilledSite;
beforeAll(async () => {
  site = await startFilledService();
  const { sql } = site.database;
  await sql`
    insert into tokens (id, paths, expires_at, label, customer)
    select 'tok' || n, array['/files/a.iso'], now(), label, 'c1'
    from unnest(${formulas}::text[]) with ordinality t(label, n)`;
  // What the agent rolls up when a day is over.
  await sql`
    insert into tally_dimensions (file_id, day, class, edge, dimension, value, downloads, bytes)
    select file_id, day, class, edge, d, d || (n % 3), downloads, bytes
    from (select *, row_number() over () as n from tally_days) t
    cross join unnest(array['referrer', 'client', 'country']) d`;
  await sql`insert into tally_visitors select day, class, sum(downloads) from tally_days group by day, class`;
  await sql`
    insert into tally_file_visitors
    select file_id, day, class, sum(downloads) from tally_days group by file_id, day, class`;
  await sql`
    insert into code_batches (id, label, title, paths, sizes, uses, start_seconds, hold_seconds)
    select 'b' || n, 'batch', 'Spring LP', array['/files/a.iso'], array[1000], 3, 600, 86400 from generate_series(1, 5) n`;
  await sql`
    insert into codes (digest, batch_id, serial, uses, held, spent)
    select sha256(n::text::bytea), 'b' || 1 + n % 4, n, 3, n % 2, n % 3 from generate_series(1, 20) n`;
  await sql`insert into denials (kind, subject, reason) values ('v', 'abc', 'leech'), ('t', 'tok9', 'revoked')`;
  await sql`insert into reject_counts values (1, 'torn', 3), (1, 'oversize', 2)`;
});
afterAll(() => site.stop());

const given: Record<string, Record<string, string>> = {
  monthly: { last: dayOf(noon).slice(0, 7) },
  history: { ...period, path: '/files/a.iso' },
  downloads: { ...period, path: '/files/a.iso', class: 'all' },
  versions: { path: '/files/a.iso' },
  releases: { ...period, pattern: '/([a-c])[.]iso' },
  leeches: { hours: '2160', min_requests: '1' },
  'unusual-tokens': { hours: '2160', min_visitors: '2' },
  tokens: {},
  'token-files': { token: 'tok1' },
  codes: {},
  sources: {},
  keys: {},
  denials: {},
  rejects: {},
};

type Answer = { rows: Record<string, unknown>[]; next?: string };

async function ask(
  report: string,
  params: Record<string, string> = {},
  headers: Record<string, string> = {},
) {
  const query = new URLSearchParams({ ...(given[report.replace('.csv', '')] ?? period), ...params });
  return site.send('GET', `${api}/reports/${report}?${query}`, { key: site.reader, headers });
}

async function rowsOf(report: string, params: Record<string, string> = {}): Promise<Answer> {
  const response = await ask(report, params);
  expect(response.status).toBe(200);
  return (await response.json()) as Answer;
}

describe.each(reports.map((report): [string, Report] => [report.name, report]))(
  'the report %s',
  (name, report) => {
    it('has rows, each with the columns it says', async () => {
      const { rows } = await rowsOf(name);
      expect(rows.length).toBeGreaterThan(0);
      expect(Object.keys(rows[0] ?? {})).toEqual(report.columns.map((column) => column.name));
    });

    it('gives the same rows page by page as at once, in every order', async () => {
      for (const sort of ordersOf(report)) {
        const { rows: whole } = await rowsOf(name, { sort, limit: '1000' });
        const paged: unknown[] = [];
        let next: string | undefined;
        const limit = String(Math.max(1, Math.floor(whole.length / 4)));
        do {
          const page = await rowsOf(name, { sort, limit, ...(next !== undefined && { cursor: next }) });
          paged.push(...page.rows);
          next = page.next;
        } while (next !== undefined && paged.length <= whole.length);
        expect(paged).toEqual(whole);
      }
    });

    it('gives the same rows as CSV, by address and by Accept', async () => {
      const { rows } = await rowsOf(name, { limit: '1000' });
      const byAddress = await ask(`${name}.csv`);
      expect(byAddress.headers.get('content-type')).toBe('text/csv; charset=utf-8');
      const text = await byAddress.text();
      expect(await (await ask(name, {}, { accept: 'text/csv' })).text()).toBe(text);
      const lines = text.match(/(?:"(?:[^"]|"")*"|[^"\r\n])+\r\n/g) ?? [];
      expect(lines[0]).toBe(`${report.columns.map((column) => column.name).join(',')}\r\n`);
      expect(lines).toHaveLength(rows.length + 1);
    });

    it('is not told without a key that may read', async () => {
      for (const address of [`${api}/reports/${name}`, `${api}/reports/${name}.csv`]) {
        expect((await site.send('GET', address)).status).toBe(401);
        expect((await site.send('GET', address, { key: await site.key('issue') })).status).toBe(403);
      }
    });

    it.each([
      { sort: 'id;drop table tallies' },
      { sort: 'nothing' },
      { limit: '-1' },
      { limit: '1001' },
      { limit: '1e3x' },
      { cursor: 'garbage' },
      { cursor: Buffer.from('["-nothing","1","2","3","4","5","6","7"]').toString('base64url') },
      { nonsense: '1' },
    ])('answers 400 to %j', async (wrong) => {
      expect((await ask(name, wrong as unknown as Record<string, string>)).status).toBe(400);
    });
  },
);

it.each([
  ['zone', 'Mars/Olympus'],
  ['zone', "UTC'; drop table tallies; --"],
  ['zone', 'UTC+25'],
  ['first', '2026-02-30'],
  ['first', 'yesterday'],
  ['class', 'alien'],
  ['path', 'a\0b'],
])('answers 400 to %s = %j', async (name, value) => {
  expect((await ask('files', { [name]: value })).status).toBe(400);
});

it('a cursor made up is refused, not an error of ours', async () => {
  const made = (parts: string[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');
  const wrong = made(['-downloads', 'NaN; drop', 'h', 'p']);
  expect((await ask('files', { cursor: wrong })).status).toBe(400);
  expect((await ask('downloads', { cursor: made(['-ended_at', 'never', 'x', 'x', 'x', 'x']) })).status).toBe(
    400,
  );
});

it('counts what was downloaded, hostile names unchanged', async () => {
  const { rows } = await rowsOf('files', { class: 'all', limit: '1000' });
  expect(rows.reduce((sum, row) => sum + Number(row.requests), 0)).toBe(240);
  for (const name of hostileNames) expect(rows.map((row) => row.path)).toContain(name);
  const one = await rowsOf('files', { path: hostileNames[0] as string });
  expect(one.rows).toHaveLength(1);
});

it('a single download took from the beginning of its first request to the end of its last', async () => {
  const { rows } = await rowsOf('downloads', { limit: '1000' });
  const seconds = (row: Record<string, unknown>) =>
    (Date.parse(row.ended_at as string) - Date.parse(row.started_at as string)) / 1000;
  for (const row of rows) expect(row.seconds).toBeCloseTo(seconds(row), 3);
  const inOnePiece = rows.filter((row) => row.requests === 1);
  expect(inOnePiece.length).toBeGreaterThan(0);
  // What every record of this traffic says.
  for (const row of inOnePiece) expect(row.seconds).toBeCloseTo(0.012, 4);
});

it('leaves bots out unless asked, and never adds them in', async () => {
  const total = async (kind: string) =>
    (await rowsOf('files', { class: kind, limit: '1000' })).rows.reduce(
      (sum, row) => sum + Number(row.requests),
      0,
    );
  const [counted, person, tool, bot, all] = await Promise.all(
    ['counted', 'person', 'tool', 'bot', 'all'].map(total),
  );
  expect([counted, all]).toEqual([
    (person as number) + (tool as number),
    (counted as number) + (bot as number),
  ]);
  expect(bot).toBeGreaterThan(0);
});

it('the totals, the files, the months and the classes add up to the same', async () => {
  const sum = async (report: string, params: Record<string, string>) =>
    (await rowsOf(report, { ...params, limit: '1000' })).rows.reduce(
      (all, row) => all + Number(row.bytes),
      0,
    );
  const of = async (zone: string) =>
    Promise.all([
      sum('totals', { zone, class: 'all' }),
      sum('totals', { zone, class: 'all', unit: 'month' }),
      sum('files', { zone, class: 'all' }),
      sum('daily', { zone, class: 'all' }),
      sum('classes', { zone }),
      sum('classes', { zone, prefix: '/' }),
      sum('monthly', { zone, class: 'all' }),
    ]);
  for (const zone of ['UTC', 'Asia/Kathmandu', 'Australia/Lord_Howe']) {
    const sums = await of(zone);
    expect(new Set(sums).size).toBe(1);
    expect(sums[0]).toBeGreaterThan(100_000);
  }
});

it('history has a row for every hour of a day on which clocks change', async () => {
  const hours = async (zone: string, day: string) =>
    (await rowsOf('history', { zone, unit: 'hour', first: day, last: day })).rows.length;
  expect(await hours('Europe/Berlin', '2026-10-25')).toBe(25);
  expect(await hours('Europe/Berlin', '2026-03-29')).toBe(23);
  expect(await hours('Asia/Kathmandu', '2026-10-25')).toBe(24);
});

it('a page of tokens has the sums of the view, which those who read all of them get', async () => {
  const [used] = await site.database.sql`
    select sum(requests)::int as requests, sum(sent)::float8 as bytes, count(distinct visitor)::int as visitors
    from transfers where token_id = 'tok1'`;
  expect(used?.requests).toBeGreaterThan(0);
  const { rows } = await rowsOf('tokens', { token: 'tok1' });
  expect(rows).toMatchObject([{ token_id: 'tok1', ...used }]);
  const { rows: every } = await rowsOf('tokens', { limit: '1000' });
  const seen = await site.database.sql`
    select token_id, requests::int, downloads::int, completed::int, bytes::float8, visitors::int from report.tokens
    order by token_id desc`;
  expect(every).toMatchObject([...seen]);
});

it('a cell that a spreadsheet would run gets an apostrophe', async () => {
  const text = await (await ask('tokens.csv')).text();
  for (const formula of formulas.slice(0, -1)) expect(text).toContain(`'${formula}`);
  expect(text).toContain(',plain,');
  expect(text).not.toMatch(/,"?[=+@\t-]/);
});

it('answers 304 to the entity tag of an answer that is still true', async () => {
  const first = await ask('files');
  const tag = first.headers.get('etag') as string;
  expect(first.headers.get('cache-control')).toBe('private, no-cache');
  expect((await ask('files', {}, { 'if-none-match': tag })).status).toBe(304);
  expect((await ask('files', { class: 'all' }, { 'if-none-match': tag })).status).toBe(200);
});
