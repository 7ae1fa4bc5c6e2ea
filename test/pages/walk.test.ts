// Every private page in a real browser, on downloads that a real NGINX served and a real agent counted.

import { execFile } from 'node:child_process';
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../app/process/until.ts';
import { type Stack, startStack } from '../../app/run/stack.ts';
import { temporaryFolder } from '../harness/folders.ts';
import { createDatabase, type TestDatabase } from '../harness/postgres.ts';
import { lines } from '../ingest/records.ts';
import { traffic } from '../reports/site.ts';
import {
  accessibilityFindings,
  desktop,
  openContext,
  openPage,
  phone,
  screenshot,
  signIn,
  startBrowser,
  type WatchedPage,
  watchFaults,
} from './browser.ts';

const run = promisify(execFile);
const names = [
  '<script>alert(1)<img src=x onerror=alert(1)>.iso',
  '\u202egnp.exe',
  '🎵 album.zip',
  'javascript:alert(1)',
];

let database: TestDatabase;
let stack: Stack;
let browser: Browser;
let link: string;

const api = (address: string, init: RequestInit = {}) =>
  fetch(`${stack.origin}/tallygate/api/v1/${address}`, {
    ...init,
    headers: { authorization: `Bearer ${stack.apiKey}`, 'content-type': 'application/json' },
  });
const curl = async (url: string, ...options: string[]) =>
  (await run('curl', ['-sg', '-o', '/dev/null', '-w', '%{http_code}', ...options, url])).stdout;
const log = () => path.join(stack.dir, 'log/downloads.log');
const counted = async () =>
  Number((await database.sql`select coalesce(sum(lines), 0) as n from sources`)[0]?.n);

beforeAll(async () => {
  database = await createDatabase();
  [stack, browser] = await Promise.all([
    startStack(await temporaryFolder('pages'), { databaseUrl: database.url, progress: () => {} }),
    startBrowser(),
  ]);
  const folder = path.join(stack.dir, 'www/public');
  await mkdir(folder, { recursive: true });
  for (const name of names) await writeFile(path.join(folder, name), 'x'.repeat(5000));
  const issued = await api('tokens', {
    method: 'POST',
    body: JSON.stringify({
      path: '/downloads/album.zip',
      ttl: 3600,
      label: '<b>Spring</b>',
      customer: 'C-1',
    }),
  });
  ({ link } = (await issued.json()) as { link: string });
});
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
  await database?.drop();
});

/** A page in which one is signed in. */
async function signedIn(options: BrowserContextOptions = desktop): Promise<WatchedPage> {
  const watched = await openPage(browser, stack.origin, { ...options });
  await signIn(watched.page, stack.origin, stack.apiKey);
  return watched;
}

const places = [
  '',
  '/months',
  '/files',
  '/folders?depth=2',
  '/tokens',
  '/codes',
  '/leeches?min_requests=1',
  '/agents',
  '/sources',
  '/keys',
  '/live',
];
const shotName = (place: string) => place.replace(/^\//, '').replace(/\?.*/, '') || 'overview';

it('shows empty pages before anything was downloaded', async () => {
  const { page, faults } = await signedIn();
  for (const place of places) {
    await page.goto(`${stack.origin}/tallygate/reports${place}`);
    await screenshot(page, `empty-${shotName(place)}`);
    expect(await page.locator('h1').count()).toBe(1);
  }
  expect(faults).toEqual([]);
});

describe('after real downloads', () => {
  beforeAll(async () => {
    expect(await curl(link)).toBe('200');
    expect(await curl(link, '-r', '0-999')).toBe('206');
    for (const name of names)
      expect(await curl(`${stack.origin}/public/${encodeURIComponent(name)}`)).toBe('200');
    const records = traffic(Math.floor(Date.now() / 1000) - 300);
    await appendFile(log(), lines(records));
    await until(async () => (await counted()) >= 2 + names.length + records.length, 'all to be counted');
  });

  type Look = [name: string, options: BrowserContextOptions];
  const looks: Look[] = [
    ['desktop', { ...desktop, colorScheme: 'light' }],
    ['desktop-dark', { ...desktop, colorScheme: 'dark' }],
    ['phone', { ...phone, colorScheme: 'light' }],
    // Phones differ in their layout, dark in its colours: both together only to be looked at.
    ...(process.env.SCREENSHOTS ? [['phone-dark', { ...phone, colorScheme: 'dark' }] as Look] : []),
  ];
  it.each(looks)(
    '%s: every page stands, is accessible, small, and breaks no policy',
    async (name, options) => {
      const { page } = await signedIn(options);
      const state = await page.context().storageState();
      const checked = await openContext(browser, { ...options, storageState: state, bypassCSP: true });
      const second = await checked.newPage();
      const faults = watchFaults(page, stack.origin);
      const file = `/file?${new URLSearchParams({ host: '127.0.0.1', path: `/public/${names[0]}` })}`;
      for (const place of [...places, '/file?host=127.0.0.1&path=/downloads/album.zip', file]) {
        const response = await page.goto(`${stack.origin}/tallygate/reports${place}`);
        expect([place, response?.status()]).toEqual([place, 200]);
        expect((await response?.body())?.length).toBeLessThan(100_000);
        await screenshot(page, `${name}-${shotName(place)}`);
        if (name === 'desktop' && process.env.SCREENSHOTS) {
          await page.emulateMedia({ media: 'print' });
          await screenshot(page, `print-${shotName(place)}`);
          await page.emulateMedia({ media: null });
        }
        const wide = await page.evaluate(
          'document.documentElement.scrollWidth > document.documentElement.clientWidth',
        );
        expect(`${place} wider than the screen: ${wide}`).toBe(`${place} wider than the screen: false`);
        // Rows of wide tables are cards there: nothing of them, no button, lies beyond the edge.
        const cut =
          name.startsWith('phone') &&
          (await page.evaluate(
            '[...document.querySelectorAll(".stack")].some((table) => table.scrollWidth > table.clientWidth)',
          ));
        expect(`${place} has a cut table: ${cut}`).toBe(`${place} has a cut table: false`);
        if (name.startsWith('desktop')) {
          await second.goto(`${stack.origin}/tallygate/reports${place}`);
          // Dark differs from light in its colours.
          const rules = name === 'desktop-dark' ? ['color-contrast'] : undefined;
          expect([place, await accessibilityFindings(second, rules)]).toEqual([place, []]);
        }
      }
      expect(faults).toEqual([]);
    },
  );

  it('says what NGINX served', async () => {
    const { page } = await signedIn();
    await page.goto(`${stack.origin}/tallygate/reports/file?host=127.0.0.1&path=/downloads/album.zip`);
    const figures = await page.locator('.figures dd').allInnerTexts();
    expect(figures.map((text) => text.split('\n')[0])).toEqual(['1', '1', '1', '2', '3.1 MB']);
    await page.goto(`${stack.origin}/tallygate/reports/months`);
    // This month alone: in those before it nothing was counted.
    expect(await page.locator('thead th').count()).toBeLessThan(12);
    const totals = (await page.locator('tbody td:first-of-type').allInnerTexts()).map(Number);
    const grand = await page.locator('tfoot td').first().innerText();
    expect(Number(grand)).toBe(totals.reduce((all, total) => all + total, 0));
  });

  it('sorts by every column, finds by path, and turns pages', async () => {
    const { page, faults } = await signedIn();
    await page.goto(`${stack.origin}/tallygate/reports/files`);
    for (const [column, order] of [
      ['Sent', '-bytes'],
      ['Requests', '-requests'],
      ['File', 'path'],
    ] as const) {
      await page.getByRole('columnheader', { name: column }).getByRole('link').click();
      await page.waitForURL(`**sort=${order}`);
      expect(await page.locator('th[aria-sort]').innerText()).toContain(column);
    }
    const paths = await page.locator('tbody th').allInnerTexts();
    expect(paths).toEqual(paths.toSorted());
    await page.getByLabel('Path begins with').fill('/public/');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.waitForURL('**prefix=%2Fpublic%2F**');
    expect(await page.locator('tbody tr').count()).toBe(names.length);
    await page.getByLabel('Time zone').fill('Asia/Kathmandu');
    await page.getByRole('button', { name: 'Set' }).click();
    await page.getByText('Days are those of Asia/Kathmandu').waitFor();
    const [csv] = await Promise.all([
      page.waitForEvent('download'),
      page.goto(`${stack.origin}/tallygate/reports/csv/files.csv`).catch(() => {}),
    ]);
    expect(csv.suggestedFilename()).toBe('tallygate-files.csv');
    expect(faults).toEqual([]);
  });

  it('shows a download in the live view, which is not loaded again', async () => {
    const { page, faults } = await signedIn();
    await page.goto(`${stack.origin}/tallygate/reports/live`);
    await page.locator('#state').filter({ hasText: 'live' }).waitFor();
    await page.evaluate('document.title = "not loaded again"');
    expect(await curl(`${stack.origin}/public/leaflet.pdf`, '-A', 'wget/1.21')).toBe('200');
    const row = page.locator('#live tbody tr').filter({ hasText: 'leaflet.pdf' });
    await row.waitFor();
    expect(await row.innerText()).toMatch(/wget.*65\.5 kB.*completed/s);
    expect(await page.title()).toBe('not loaded again');
    // A row that the script made has the form of those of the service.
    expect(await row.locator('[data-label="Sent"]').innerText()).toBe('65.5 kB');
    expect(await page.locator('#live tbody tr').first().innerText()).toContain('leaflet.pdf');
    await screenshot(page, 'live-arrived');
    await row.getByRole('link').click();
    await page.getByRole('heading', { name: '/public/leaflet.pdf' }).waitFor();
    expect(faults).toEqual([]);
  });

  it('keeps the overview fresh, and what the reader opened open', async () => {
    const { page, faults } = await signedIn();
    await page.locator('#state').filter({ hasText: 'live' }).waitFor();
    await page.evaluate('document.title = "not loaded again"');
    await page.locator('.chart summary').click();
    const today = () => page.locator('.figures dd').first().innerText();
    const before = Number.parseInt(await today(), 10);
    expect(await curl(`${stack.origin}/public/leaflet.pdf`, '-A', 'aria2/1.37.0')).toBe('200');
    await until(async () => Number.parseInt(await today(), 10) === before + 1, 'the download to be shown');
    expect(await page.locator('.chart details').getAttribute('open')).not.toBeNull();
    expect(await page.title()).toBe('not loaded again');
    expect(faults).toEqual([]);
  });

  it('blocks a leech, on a phone, whom NGINX then refuses, and lets it in again', async () => {
    const { page } = await signedIn(phone);
    await page.goto(`${stack.origin}/tallygate/reports/leeches?min_requests=1`);
    const leech = page.locator('tbody tr').filter({ hasText: 'curl/' }).first();
    await page.getByLabel('A block lasts').selectOption({ label: '6 hours' });
    await leech.getByRole('button', { name: 'Block' }).tap();
    await page.getByRole('status').filter({ hasText: 'Blocked' }).waitFor();
    await screenshot(page, 'leech-blocked');
    await until(async () => (await curl(link)) === '410', 'NGINX to refuse the leech');
    // Another visitor, by another user agent, with the same link.
    expect(await curl(link, '-A', 'someone else')).toBe('200');
    await page.getByRole('button', { name: 'Unblock' }).click();
    await page.getByRole('status').filter({ hasText: 'Unblocked' }).waitFor();
    await page.getByText('No visitor is refused.').waitFor();
    await until(async () => (await curl(link)) === '200', 'NGINX to serve the former leech');
  });

  it('ends the session on request', async () => {
    const { page } = await signedIn();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await screenshot(page, 'login');
    expect((await page.goto(`${stack.origin}/tallygate/reports`))?.status()).toBe(401);
  });
});
