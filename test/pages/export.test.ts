// The pages as files, in a real browser from disk: complete, linked among themselves, private apart from public.

import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import type { Sql } from '../../app/db/connection.ts';
import { fileOf } from '../../app/export/file-names.ts';
import { temporaryFolder } from '../harness/folders.ts';
import { createDatabase, type TestDatabase } from '../harness/postgres.ts';
import { type Outcome, tallygate } from '../harness/program.ts';
import { ingest, traffic } from '../reports/site.ts';
import { desktop, openContext, screenshot, startBrowser, watchFaults } from './browser.ts';

let database: TestDatabase;
let dir: string;
let outcome: Outcome;
let env: Record<string, string>;
/** So many files nobody has fetched in the last year; eleven others somebody has. */
const old = 205;
beforeAll(async () => {
  database = await createDatabase();
  await ingest(database.url, traffic(Math.floor(Date.now() / 1000) - 300));
  dir = path.join(await temporaryFolder('export'), 'stats');
  const shared = await temporaryFolder('shared');
  await writeFile(path.join(shared, 'a.iso'), 'x', { mode: 0o644 });
  env = {
    TALLYGATE_DATABASE_URL: database.url,
    TALLYGATE_PUBLIC_FOLDERS: `/files/=${shared}`,
    TALLYGATE_ORIGIN: 'https://dl.example.org',
  };
  await addLongLists(database.sql);
  outcome = await tallygate(['export', dir], { env });
});

/** More than one page of each list has: files, tokens, months, codes of a batch. */
async function addLongLists(sql: Sql): Promise<void> {
  await sql`insert into files (id, host, path) select n, 'dl.example.org', '/old/' || n || '.iso' from generate_series(1, ${old}) n`;
  await sql`
    insert into tallies (file_id, bucket, class, edge, requests, downloads, completed, copies, bytes)
    select n, date_trunc('month', now()) - interval '20 months', 'person', 'fra1', 1, 1, 1, 1, 1000
    from generate_series(1, ${old}) n`;
  await sql`call refresh_rollups((now() - interval '22 months')::date, (now() - interval '18 months')::date)`;
  await sql`
    insert into tokens (id, paths, expires_at) select 't' || n, array['/old/1.iso'], now() from generate_series(1, 120) n`;
  await sql`
    insert into code_batches (id, label, title, paths, sizes, uses, start_seconds, hold_seconds)
    values ('b1', 'batch', 'Spring LP', array['/old/1.iso'], array[1000], 3, 600, 86400)`;
  await sql`
    insert into codes (digest, batch_id, serial, uses)
    select sha256(n::text::bytea), 'b1', n, 3 from generate_series(1, 450) n`;
}
afterAll(() => database.drop());

it('writes every page, and says how many', async () => {
  expect([outcome.code, outcome.stderr]).toEqual([0, '']);
  const names = await readdir(path.join(dir, 'private'));
  const pages = names.filter((name) => name.endsWith('.html'));
  expect(outcome.stdout).toContain(`${pages.length} private pages`);
  expect(pages.filter((name) => name.startsWith('file-'))).toHaveLength(11 + old);
  const count = (form: RegExp) => pages.filter((name) => form.test(name)).length;
  expect([count(/^files/), count(/^tokens/), count(/^codes-/)]).toEqual([2, 3, 3]);
  // The twelve months before these, in which the others were fetched: five pages of fifty for each measure.
  expect(count(/^months(?:-[a-z]+)?-20\d\d-\d\d/)).toBe(5 * 5);
  for (const name of [
    'index',
    'months',
    'months-bytes',
    'files',
    'tokens',
    'codes',
    'leeches',
    'agents',
    'agents-bot',
    'sources',
    'keys',
  ]) {
    expect(pages).toContain(`${name}.html`);
  }
});

it('keeps the private from the public, in folder and mode', async () => {
  expect((await readdir(path.join(dir, 'public'))).filter((name) => name.endsWith('.html'))).toEqual([
    'index.html',
  ]);
  expect((await stat(path.join(dir, 'private/index.html'))).mode & 0o007).toBe(0);
  expect((await stat(path.join(dir, 'public/index.html'))).mode & 0o004).toBe(4);
  const html = await readFile(path.join(dir, 'public/index.html'), 'utf8');
  expect(html).toContain('href="https://dl.example.org/files/a.iso"');
  expect(html).not.toContain('b.iso');
});

it('stands by itself: every link leads to a file that is there, and nothing is loaded from elsewhere', async () => {
  const browser = await startBrowser();
  onTestFinished(() => browser.close());
  const page = await (await openContext(browser, desktop)).newPage();
  const base = pathToFileURL(dir).href;
  const faults = watchFaults(page, base);
  const names = new Set(await readdir(path.join(dir, 'private')));
  let opened = 0;
  for (const name of names) {
    if (!name.endsWith('.html')) continue;
    const html = await readFile(path.join(dir, 'private', name), 'utf8');
    const links = [...html.matchAll(/\shref="([^"]*)"/g)].map(([, link]) => link as string);
    expect([name, links.filter((link) => link !== '#content' && !names.has(link))]).toEqual([name, []]);
    // The pages of files are alike: some of them stand for the others.
    if (name.startsWith('file-') && ++opened > 12) continue;
    await page.goto(`${base}/private/${name}`);
    expect(await page.locator('form').count()).toBe(0);
    if (name === 'index.html') await screenshot(page, 'export-index');
  }
  await page.goto(`${base}/public/index.html`);
  await screenshot(page, 'export-public');
  expect(faults).toEqual([]);
});

it('removes what an earlier export wrote and this one did not, and nothing else', async () => {
  const folder = path.join(dir, 'private');
  const gone = [1, 2].map((n) => fileOf('file', { host: 'dl.example.org', path: `/old/${n}.iso` }) as string);
  const [removed, changed] = gone as [string, string];
  await writeFile(path.join(folder, 'mine.html'), 'mine');
  await writeFile(path.join(folder, changed), 'mine, too');
  await writeFile(path.join(dir, 'mine.html'), 'mine');
  const { sql } = database;
  for (const table of ['tallies', 'tally_days', 'tally_months'])
    await sql`delete from ${sql(table)} where file_id in (1, 2)`;
  await sql`delete from files where id in (1, 2)`;
  const again = await tallygate(['export', dir], { env: { ...env, TALLYGATE_PUBLIC_FOLDERS: '' } });
  expect([again.code, again.stderr]).toEqual([0, '']);
  const names = await readdir(folder);
  expect(names).not.toContain(removed);
  expect(await readFile(path.join(folder, changed), 'utf8')).toBe('mine, too');
  expect(await readFile(path.join(folder, 'mine.html'), 'utf8')).toBe('mine');
  expect(await readdir(dir)).toContain('mine.html');
  expect(names).toContain(fileOf('file', { host: 'dl.example.org', path: '/old/3.iso' }));
  // Nothing is public any more.
  expect(await readdir(path.join(dir, 'public'))).toEqual(['.tallygate-export']);
});
