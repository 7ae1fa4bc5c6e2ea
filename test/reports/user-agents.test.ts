// What each user agent is taken for and why: as the agent counts it, under other patterns, and reclassified.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { keptDays, reclassifyDay, reclassifyOrigins } from '../../app/ingest/history/rebuild.ts';
import { type ClassPatterns, createClassifier } from '../../app/ingest/record/classify.ts';
import { tallygate } from '../harness/program.ts';
import { count, writerFor } from '../ingest/in-process.ts';
import { dayOf, lines, noon, type RecordFields, visitor } from '../ingest/records.ts';
import { api, startService, type TestService } from '../service/harness.ts';

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';
const hostile = `Player <script>alert("1")</script>\u202e${'& '.repeat(200)}`;
const day = 86_400;

/** Downloads by different visitors with one user agent. */
const downloads = (agent: string, times: number, fields: Partial<RecordFields> = {}) =>
  Array.from({ length: times }, (_, index) => ({
    agent,
    visitor: visitor(`${agent} ${index}`),
    // What a user agent is taken for is summed up over referring sites, which are origins of their own.
    referrer: `${index % 3}.example.org`,
    ...fields,
  }));

let service: TestService;
let reader: string;
beforeAll(async () => {
  service = await startService();
  reader = await service.key('read');
  await countUnder(
    ['^MirrorProbe/'],
    [
      ...downloads(firefox, 5),
      ...downloads('curl/8.5.0', 4),
      ...downloads('MirrorProbe/1.0', 3),
      ...downloads('Googlebot-Image/1.0', 2, { at: noon - day }),
      ...downloads('', 1),
      ...downloads(hostile, 1),
      ...downloads('Wget/1.21', 1, { at: noon - 20 * day }),
    ],
  );
});
afterAll(() => service.stop());

async function countUnder(deny: string[], records: Partial<RecordFields>[]): Promise<void> {
  const writer = writerFor(service.database, { deny });
  await count(writer, lines(records));
  await writer.close();
}

async function reclassify(patterns: ClassPatterns): Promise<void> {
  const { sql } = service.database;
  await reclassifyOrigins(sql, patterns);
  for (const kept of await keptDays(sql)) await reclassifyDay(sql, kept);
}

type Row = Record<string, string | number>;
async function rowsOf(params: Record<string, string> = {}): Promise<Row[]> {
  const response = await service.send('GET', `${api}/reports/agents?${new URLSearchParams(params)}`, {
    key: reader,
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as { rows: Row[] }).rows;
}
const told = (rows: Row[]) => rows.map((row) => [row.agent, row.class, row.rule, row.downloads]);

it('tells of each agent of the last seven days its class and rule, most downloads first', async () => {
  const rows = await rowsOf();
  expect(told(rows.slice(0, 4))).toEqual([
    [firefox, 'person', 'browser Firefox', 5],
    ['curl/8.5.0', 'tool', 'tool curl', 4],
    ['MirrorProbe/1.0', 'bot', 'classes.deny ^MirrorProbe/', 3],
    ['Googlebot-Image/1.0', 'bot', 'opawg bot Googlebot', 2],
  ]);
  expect(rows).toHaveLength(6);
  expect(rows[0]).toEqual({
    agent: firefox,
    class: 'person',
    client: 'Firefox',
    rule: 'browser Firefox',
    downloads: 5,
    requests: 5,
    bytes: 5000,
    last_at: new Date(noon * 1000).toISOString(),
  });
  expect(told(rows)).toContainEqual(['', 'bot', 'no user agent', 1]);
  expect(rows.map((row) => row.agent)).toContain(hostile);
});

it('chooses classes and days', async () => {
  expect((await rowsOf({ class: 'bot' })).map((row) => row.agent)).toEqual([
    'MirrorProbe/1.0',
    'Googlebot-Image/1.0',
    '',
  ]);
  expect((await rowsOf({ class: 'counted' })).map((row) => row.class)).not.toContain('bot');
  const yesterday = dayOf(noon - day);
  expect((await rowsOf({ first: yesterday, last: yesterday })).map((row) => row.agent)).toEqual([
    'Googlebot-Image/1.0',
  ]);
  expect((await rowsOf({ first: dayOf(noon - 30 * day) })).map((row) => row.agent)).toContain('Wget/1.21');
});

it('is the same in SQL by day, in the terminal, and on the page, where no name is markup', async () => {
  const { sql, url } = service.database;
  const first = dayOf(noon - 6 * day);
  const view = await sql`
    select agent, class::text as class, rule, sum(downloads)::int as downloads, max(last_at) as last_at
    from report.agents where day >= ${first} group by agent, class, rule`;
  const api = told(await rowsOf({ first }));
  expect(view.map((row) => [row.agent, row.class, row.rule, row.downloads]).sort()).toEqual(api.sort());

  const env = { TALLYGATE_DATABASE_URL: url };
  const json = await tallygate(['report', 'agents', '--class', 'bot', '--json'], { env });
  expect(told(JSON.parse(json.stdout))).toEqual(told(await rowsOf({ class: 'bot' })));
  const table = await tallygate(['report', 'agents'], { env });
  expect(table.stdout).toMatch(/MirrorProbe\/1\.0 +bot +MirrorProbe +classes\.deny \^MirrorProbe\/ +3 /);
  expect(table.stdout).not.toMatch(/[^\P{Cc}\n]|\u202e/u);

  const page = await service.send('GET', '/tallygate/reports/agents', { key: reader });
  const html = await page.text();
  expect(html).toContain('classes.deny ^MirrorProbe/');
  expect(html).toContain('&lt;script&gt;alert');
  expect(html).not.toMatch(/<script>alert|\u202e/);
});

it('tells no rule that does not explain how something was counted; reclassify brings both together', async () => {
  await countUnder(['^MirrorProbe/', '^curl/'], downloads('curl/8.5.0', 2, { path: '/files/b.iso' }));
  const curl = async () => told((await rowsOf()).filter((row) => row.agent === 'curl/8.5.0'));
  expect(await curl()).toEqual([
    ['curl/8.5.0', 'tool', 'tool curl', 4],
    ['curl/8.5.0', 'bot', '', 2],
  ]);
  await reclassify({ allow: [], deny: ['^curl/'] });
  expect(await curl()).toEqual([['curl/8.5.0', 'bot', 'classes.deny ^curl/', 6]]);
  expect(told((await rowsOf()).filter((row) => row.agent === 'MirrorProbe/1.0'))).toEqual([
    ['MirrorProbe/1.0', 'tool', 'other program', 3],
  ]);
  await reclassify({ allow: ['Googlebot'], deny: [] });
  expect(await rowsOf({ class: 'bot' })).toHaveLength(1);
  expect(told(await rowsOf())).toContainEqual(['Googlebot-Image/1.0', 'tool', 'classes.allow Googlebot', 2]);
  expect(told(await rowsOf({ class: 'tool' }))[0]).toEqual(['curl/8.5.0', 'tool', 'tool curl', 6]);
});

it('what was counted by a release without rules has none, until reclassify tells it', async () => {
  const { sql } = service.database;
  await sql`update origins set rule = ''`;
  expect(new Set((await rowsOf()).map((row) => row.rule))).toEqual(new Set(['']));
  const page = await service.send('GET', '/tallygate/reports/agents', { key: reader });
  expect(await page.text()).toContain('not known');
  await reclassify({ allow: [], deny: [] });
  expect(await reclassifyOrigins(sql, { allow: [], deny: [] })).toBe(0);
  const classify = createClassifier({ allow: [], deny: [] });
  for (const row of await rowsOf()) expect(row.rule).toBe(classify(row.agent as string).rule);
});
