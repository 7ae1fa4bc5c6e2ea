// What Chromium does when somebody clicks a link to a file again, and how that counts (nginx/README.md, Browsers' caches).

import { readFile, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Nginx } from '../../harness/nginx.ts';
import { openContext, startBrowser } from '../../pages/browser.ts';
import { recordedBy } from '../record/recorded.ts';
import { link, startSite } from '../site.ts';

const size = 300_000;
const counted = (name: string, more = '') =>
  `location ^~ /${name}/ { include tallygate/count.conf; ${more} alias www/files/; access_log log/site.log site; }`;

let nginx: Nginx;
let browser: Browser;
beforeAll(async () => {
  nginx = await startSite({
    files: { 'files/a.bin': new Uint8Array(size), 'index.html': '<!doctype html><title>Files</title>' },
    http: "log_format site '$request_method $status';",
    server: `
      location = / { default_type text/html; try_files /index.html =404; }
      ${counted('plain')}
      ${counted('asking', 'add_header Cache-Control no-cache;')}
      ${counted('again', 'add_header Cache-Control no-store;')}
      location ^~ /signed/ { include tallygate/protect.conf; alias www/files/; access_log log/site.log site; }`,
  });
  // So old that a browser keeps it without asking.
  await utimes(path.join(nginx.dir, 'www/files/a.bin'), 1e9, 1e9);
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await nginx.stop();
});

/** Clicks a link to `target`; what was saved. */
async function save(page: Page, target: string, attributes = {}): Promise<number> {
  const saved = page.waitForEvent('download');
  await page.evaluate((properties) => Object.assign(document.createElement('a'), properties).click(), {
    ...attributes,
    href: target,
  });
  return (await readFile(await (await saved).path())).length;
}

/** What NGINX's own log says of the requests since the last call. */
async function seen(): Promise<string[]> {
  const log = path.join(nginx.dir, 'log/site.log');
  const lines = (await readFile(log, 'utf8')).split('\n').filter(Boolean);
  await writeFile(log, '');
  return lines;
}

async function openPage() {
  const context = await openContext(browser, {});
  const page = await context.newPage();
  await page.goto(nginx.url);
  return { page, context };
}

test.each([
  ['/plain/a.bin', [], 0],
  ['/asking/a.bin', ['GET 304'], 0],
  ['/again/a.bin', ['GET 200'], 1],
  [link('/signed/a.bin'), ['GET 304'], 0],
])('%s', async (target, asked, requests) => {
  const { page, context } = await openPage();
  const [first, records] = await recordedBy(nginx, () => save(page, target));
  expect([first, records.length, await seen()]).toEqual([size, 1, ['GET 200']]);
  const [second, more] = await recordedBy(nginx, () => save(page, target));
  expect([second, more.length, await seen()]).toEqual([size, requests, asked]);
  if (requests > 0) expect(more[0]).toMatchObject({ visitor: records[0]?.visitor, sent: size });
  await context.close();
});

test('a link with the attribute `download` is fetched each time', async () => {
  const { page, context } = await openPage();
  for (let i = 0; i < 2; i++) {
    const [saved, records] = await recordedBy(nginx, () => save(page, '/plain/a.bin', { download: '' }));
    expect([saved, records.length, await seen()]).toEqual([size, 1, ['GET 200']]);
  }
  await context.close();
});

test('a link that was revoked does not open what the browser has kept', async () => {
  const { page, context } = await openPage();
  const target = link('/signed/a.bin', { token: 'revoked' });
  const status = () => page.evaluate(async (href) => (await fetch(href)).status, target);
  expect(await status()).toBe(200);
  const denied = path.join(nginx.places.state, 'deny/t');
  await writeFile(path.join(denied, 'revoked'), '');
  expect(await status()).toBe(410);
  await context.close();
});
