// The pages as files, in a real browser from disk: complete, linked among themselves, private apart from public.

import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../harness/folders.ts';
import { createDatabase, type TestDatabase } from '../harness/postgres.ts';
import { type Outcome, tallygate } from '../harness/program.ts';
import { ingest, traffic } from '../reports/site.ts';
import { desktop, openContext, screenshot, startBrowser, watchFaults } from './browser.ts';

let database: TestDatabase;
let dir: string;
let outcome: Outcome;
beforeAll(async () => {
  database = await createDatabase();
  await ingest(database.url, traffic(Math.floor(Date.now() / 1000) - 300));
  dir = path.join(await temporaryFolder('export'), 'stats');
  const shared = await temporaryFolder('shared');
  await writeFile(path.join(shared, 'a.iso'), 'x', { mode: 0o644 });
  outcome = await tallygate(['export', dir], {
    env: {
      TALLYGATE_DATABASE_URL: database.url,
      TALLYGATE_PUBLIC_FOLDERS: `/files/=${shared}`,
      TALLYGATE_ORIGIN: 'https://dl.example.org',
    },
  });
});
afterAll(() => database.drop());

it('writes every page, and says how many', async () => {
  expect([outcome.code, outcome.stderr]).toEqual([0, '']);
  const names = await readdir(path.join(dir, 'private'));
  const pages = names.filter((name) => name.endsWith('.html'));
  expect(outcome.stdout).toContain(`${pages.length} private pages`);
  expect(pages.filter((name) => name.startsWith('file-'))).toHaveLength(11);
  for (const name of [
    'index',
    'months',
    'months-bytes',
    'files',
    'tokens',
    'codes',
    'leeches',
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
  for (const name of names) {
    if (!name.endsWith('.html')) continue;
    await page.goto(`${base}/private/${name}`);
    const links = (await page.evaluate(
      "[...document.querySelectorAll('a, link')].map((one) => one.getAttribute('href'))",
    )) as string[];
    expect([name, links.filter((link) => link !== '#content' && !names.has(link))]).toEqual([name, []]);
    expect(await page.locator('form').count()).toBe(0);
    if (name === 'index.html') await screenshot(page, 'export-index');
  }
  await page.goto(`${base}/public/index.html`);
  await screenshot(page, 'export-public');
  expect(faults).toEqual([]);
});
