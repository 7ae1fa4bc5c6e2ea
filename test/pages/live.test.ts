// The live view in a real browser: the rows that come are those the page itself would have, whatever they are called.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { until } from '../../app/process/until.ts';
import { createApp } from '../../app/service/app.ts';
import { listen } from '../../app/service/server.ts';
import { hostileNames } from '../reports/site.ts';
import { startService, type TestService } from '../service/harness.ts';
import { addOrigin, addTransfer } from '../service/transfers.ts';
import { desktop, openPage, startBrowser, type WatchedPage } from './browser.ts';

let service: TestService;
let browser: Browser;
let key: string;
let running: { port: number; stop: () => Promise<void> };
beforeAll(async () => {
  [service, browser] = await Promise.all([startService(), startBrowser()]);
  await addOrigin(service.database.sql);
  key = await service.key('read');
  running = await start(0);
});
afterAll(async () => {
  await browser?.close();
  await running?.stop();
  await service?.stop();
});

/** The service on a real socket; what it streams ends when it stops, as in `tallygate serve`. */
async function start(port: number): Promise<typeof running> {
  const stopping = new AbortController();
  const settings = { ...service.deps.config.service, host: '127.0.0.1', port };
  const config = { ...service.deps.config, service: settings };
  const deps = { ...service.deps, config, stopping: stopping.signal };
  const server = await listen(createApp(deps), deps);
  const stop = () => {
    stopping.abort();
    return server.stop();
  };
  return { port: server.port, stop };
}

const transfer = (fields: Parameters<typeof addTransfer>[1]) => addTransfer(service.database.sql, fields);

/** The live view of a database in which nothing was downloaded yet, once it is connected. */
async function openLive(query = ''): Promise<WatchedPage> {
  await service.database.sql`truncate transfers`;
  const origin = `http://127.0.0.1:${running.port}`;
  const extraHTTPHeaders = { authorization: `Bearer ${key}` };
  const watched = await openPage(browser, origin, { ...desktop, extraHTTPHeaders });
  onTestFinished(() => watched.page.context().close());
  await watched.page.goto(`${origin}/tallygate/reports/live${query}`);
  await watched.page.locator('#state').getByText('live', { exact: true }).waitFor();
  return watched;
}

const htmlOfRows = ({ page }: WatchedPage) =>
  page.locator('#live tbody tr').evaluateAll((rows) => rows.map((row) => row.outerHTML));

it('puts in the rows that the page would have: hostile names, in the zone that the reader chose', async () => {
  const watched = await openLive('?zone=Asia/Kathmandu');
  const { page, faults } = watched;
  await page.getByText('Nothing was downloaded in the last hour.').waitFor();
  const at = new Date();
  for (const [index, path] of hostileNames.entries())
    await transfer({ path, token: index === 0 ? 'tok1' : '', at: new Date(at.getTime() - index * 1000) });
  await until(async () => (await page.locator('#live tbody tr').count()) === hostileNames.length, 'all rows');
  expect(await page.getByText('Nothing was downloaded').count()).toBe(0);
  const put = await htmlOfRows(watched);
  expect(put[0]).toContain('<bdi>/files/&lt;script&gt;alert(1)&lt;/script&gt;.iso</bdi>');
  expect(put.join()).toContain('⟨U+202E⟩gnp.exe');
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Kathmandu', timeStyle: 'medium' });
  expect(await page.locator('#live time').first().innerText()).toBe(clock.format(at));
  await page.reload();
  expect(await htmlOfRows(watched)).toEqual(put);
  for (const link of await page.locator('#live th a').all())
    expect(await link.getAttribute('href')).toMatch(/[?&]zone=Asia%2FKathmandu$/);
  expect(faults).toEqual([]);
});

it('keeps a transfer that goes on in one row, which moves to the top', async () => {
  const { page } = await openLive();
  await transfer({ path: '/a.iso', sent: 500, at: new Date(Date.now() - 2000) });
  await transfer({ path: '/b.iso', sent: 1000, at: new Date(Date.now() - 1000) });
  const first = page.locator('#live tbody tr').first();
  await first.getByText('/b.iso').waitFor();
  expect(await page.locator('#live tbody tr').count()).toBe(2);
  await service.database.sql`update transfers set sent = 1000000, last_at = now() where sent = 500`;
  await first.getByText('1.0 MB').waitFor();
  expect(await page.locator('#live tbody th').allInnerTexts()).toEqual(['/a.iso', '/b.iso']);
});

it('keeps the newest fifty', async () => {
  const { page } = await openLive();
  let at = Date.now() - 1000;
  const add = async (name: string, count: number) => {
    for (let n = 0; n < count; n++) await transfer({ path: `/${name}${n}.iso`, at: new Date(at++) });
  };
  await add('old', 30);
  await page.getByText('/old29.iso').waitFor();
  await add('new', 40);
  await page.getByText('/new39.iso').waitFor();
  const names = await page.locator('#live tbody th').allInnerTexts();
  expect([names.length, names[0], names.at(-1)]).toEqual([50, '/new39.iso', '/old20.iso']);
});

it('connects again when the service has been restarted, and misses and doubles nothing', async () => {
  const { page, faults } = await openLive();
  await transfer({ path: '/before.iso' });
  await page.getByText('/before.iso').waitFor();
  const { port } = running;
  await running.stop();
  await page.locator('#state').getByText('connecting again').waitFor();
  await transfer({ path: '/meanwhile.iso' });
  running = await start(port);
  await page.locator('#state').getByText('live', { exact: true }).waitFor();
  await page.getByText('/meanwhile.iso').waitFor();
  expect(await page.locator('#live tbody th').allInnerTexts()).toEqual(['/meanwhile.iso', '/before.iso']);
  expect(faults).toEqual([]);
});
