// Files summed up: by folder, by release, and their first days; in the API, on pages and in the terminal.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../app/config/load.ts';
import { tallygate } from '../harness/program.ts';
import { api, startService, type TestService } from '../service/harness.ts';

const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
/** Downloads of a file by days ago. */
const history: Record<string, Record<number, number>> = {
  '/tallygate/v1.2.3/tallygate.tar.gz': { 100: 5, 94: 3, 93: 2, 71: 1, 70: 9 },
  '/tallygate/v1.2.3/tallygate.deb': { 20: 4, 10: 1 },
  '/tallygate/v1.10.0/tallygate.deb': { 3: 7 },
  '/docs/manual.pdf': { 0: 1 },
  '/root.txt': { 50: 2 },
};
const release = { name: 'Releases of <Tallygate>', pattern: '^/tallygate/v([0-9.]+)/' };

let site: TestService;
let reader: string;
beforeAll(async () => {
  const config = loadConfig({ env: {} });
  site = await startService({ config: { ...config, reports: { ...config.reports, releases: [release] } } });
  reader = await site.key('read');
  const { sql } = site.database;
  for (const [n, [path, days]] of Object.entries(history).entries()) {
    await sql`insert into files (id, host, path) values (${n}, 'dl.example.org', ${path})`;
    for (const [ago, downloads] of Object.entries(days)) {
      // A bot came a day earlier: it begins nothing.
      await sql`
        insert into tallies (file_id, bucket, class, edge, requests, downloads, completed, copies, bytes)
        values (${n}, ${`${day(Number(ago))}T12:00:00Z`}, 'person', 'fra1', ${downloads}, ${downloads}, 0, 0, 1),
          (${n}, ${`${day(Number(ago) + 1)}T12:00:00Z`}, 'bot', 'fra1', 1, 1, 0, 0, 1)`;
    }
  }
  await sql`call refresh_rollups(${day(102)}::date, ${day(0)}::date)`;
});
afterAll(() => site.stop());

type Row = Record<string, unknown>;

async function rows(report: string, params: Record<string, string>): Promise<Row[]> {
  const response = await site.send('GET', `${api}/reports/${report}?${new URLSearchParams(params)}`, {
    key: reader,
  });
  expect([params, response.status]).toEqual([params, 200]);
  return ((await response.json()) as { rows: Row[] }).rows;
}
const pick = (all: Row[], ...names: string[]) => all.map((row) => names.map((name) => row[name]));

describe('by folder', () => {
  it('each file is in one folder, as deep as asked for', async () => {
    const at = async (depth: string, more = {}) =>
      pick(await rows('folders', { depth, sort: 'folder', ...more }), 'folder', 'files', 'downloads');
    expect(await at('1')).toEqual([
      ['/', 1, 2],
      ['/docs/', 1, 1],
      ['/tallygate/', 3, 32],
    ]);
    expect(await at('2')).toEqual([
      ['/', 1, 2],
      ['/docs/', 1, 1],
      ['/tallygate/v1.10.0/', 1, 7],
      ['/tallygate/v1.2.3/', 2, 25],
    ]);
    expect(await at('32', { prefix: '/tallygate/v1.2' })).toEqual([['/tallygate/v1.2.3/', 2, 25]]);
    expect(await at('1', { first: day(5), last: day(0) })).toEqual([
      ['/docs/', 1, 1],
      ['/tallygate/', 1, 7],
    ]);
  });
});

describe('by release', () => {
  it('the group of the pattern is the release, and what does not match is left out', async () => {
    const found = await rows('releases', { pattern: release.pattern });
    expect(pick(found, 'release', 'files', 'downloads')).toEqual([
      ['1.2.3', 2, 25],
      ['1.10.0', 1, 7],
    ]);
  });

  it.each(['(', 'v', '(a)(b)', '(?<=v)(x)\\', '((', `(${'a'.repeat(300)})`])(
    'refuses the pattern %s with a remedy',
    async (pattern) => {
      const response = await site.send('GET', `${api}/reports/releases?${new URLSearchParams({ pattern })}`, {
        key: reader,
      });
      expect(response.status).toBe(400);
      expect(await response.text()).toMatch(/pattern/);
    },
  );

  it('a pattern that only JavaScript knows is refused, too', async () => {
    const response = await site.send(
      'GET',
      `${api}/reports/releases?${new URLSearchParams({ pattern: '(\\p{L}{2,1000}){300}x|(?:a)' })}`,
      { key: reader },
    );
    expect(response.status).toBe(400);
  });
});

describe('the first days of a file', () => {
  const columns = ['path', 'first_day', 'downloads_1_day', 'downloads_7_days', 'downloads_30_days'];
  it('count that day, 7 and 30 days, and are told when they are over', async () => {
    expect(pick(await rows('first-days', { sort: 'path' }), ...columns)).toEqual([
      ['/docs/manual.pdf', day(0), null, null, null],
      ['/root.txt', day(50), 2, 2, 2],
      ['/tallygate/v1.10.0/tallygate.deb', day(3), 7, null, null],
      ['/tallygate/v1.2.3/tallygate.deb', day(20), 4, 4, null],
      ['/tallygate/v1.2.3/tallygate.tar.gz', day(100), 5, 8, 11],
    ]);
  });

  it('are those of files that began in a time, and pages turn over what is not over yet', async () => {
    expect(pick(await rows('first-days', { first: day(60), last: day(4) }), 'path')).toEqual([
      ['/tallygate/v1.2.3/tallygate.deb'],
      ['/root.txt'],
    ]);
    const names: unknown[] = [];
    let cursor = '';
    do {
      const query = new URLSearchParams({
        sort: '-downloads_30_days',
        limit: '1',
        ...(cursor && { cursor }),
      });
      const page = await site.send('GET', `${api}/reports/first-days?${query}`, { key: reader });
      const answer = (await page.json()) as { rows: Row[]; next?: string };
      names.push(...answer.rows.map((row) => row.path));
      cursor = answer.next ?? '';
    } while (cursor !== '' && names.length < 9);
    expect(names).toHaveLength(5);
    expect(new Set(names).size).toBe(5);
  });
});

it('the pages show them, with links from one to the other', async () => {
  const page = async (address: string) => {
    const response = await site.send('GET', `/tallygate/reports${address}`, { key: reader });
    return [response.status, await response.text()] as const;
  };
  const [, folders] = await page('/folders?depth=2');
  expect(folders).toContain('files?class=counted&amp;prefix=%2Ftallygate%2Fv1.2.3%2F');
  expect(folders).toContain('Releases of &lt;Tallygate&gt;');
  const [, releases] = await page(`/releases?name=${encodeURIComponent(release.name)}`);
  expect(releases).toMatch(/1\.10\.0.*>7</);
  expect((await page('/releases?name=none'))[0]).toBe(404);
  const [, file] = await page('/file?host=dl.example.org&path=/tallygate/v1.10.0/tallygate.deb');
  expect(file).toContain('not over yet');
});

it('the terminal shows them', async () => {
  const run = (...args: string[]) =>
    tallygate(['report', ...args], { env: { TALLYGATE_DATABASE_URL: site.database.url } });
  expect((await run('folders', '--depth', '2')).stdout).toMatch(/\/tallygate\/v1\.2\.3\/\s+2\s+25/);
  expect((await run('releases', '--pattern', release.pattern)).stdout).toMatch(/1\.2\.3\s+2\s+25/);
  const wrong = await run('releases', '--pattern', 'v');
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('one group')]);
  expect((await run('first-days')).stdout).toContain('not over yet');
});
