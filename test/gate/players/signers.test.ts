// Folder links however their signer writes the address: a browser compares the cookie's Path with it letter by letter.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Nginx } from '../../harness/nginx.ts';
import { openContext, startBrowser } from '../../pages/browser.ts';
import { link, startSite } from '../site.ts';
import { signers } from './signers.ts';

const names = [
  'plain',
  'Season 1 (2024)',
  "It's live! *best*",
  'someone@example.org',
  'a+b',
  'a, b',
  'a:b',
  'a&b=c',
  'US$5',
  'a;b',
  ';',
  '~tilde~',
  'Größe äöüß',
  'Ελληνικά 日本語 😀',
  '100%',
  'a%20b',
  'what?',
  '#1',
  '[brackets] {braces}',
  '"quoted" <angled>',
  'pipe|caret^`',
  'back\\slash',
  'dots...',
  '.hidden',
  '-_',
];
// Percent-encoded longer than the 1024 bytes of an attribute that browsers read.
const long = 'ü'.repeat(120);
const page = '<!doctype html><title>Course</title>';

let nginx: Nginx;
let browser: Browser;
let tab: Page;
beforeAll(async () => {
  const files = names.map((name) => [
    [`hls/${name}/index.html`, page],
    [`hls/${name}/720p (a;b)/seg 1.ts`, 'one'],
  ]);
  nginx = await startSite({
    files: {
      ...Object.fromEntries(files.flat()),
      [`hls/${long}/${long}/lesson/index.html`]: page,
      [`hls/${long}/${long}/720p (a;b)/seg 1.ts`]: 'one',
    },
    server: `
      types { text/html html; }
      location ^~ /hls/ { include tallygate/protect.conf; }
      location ~ ^/members/(?<wanted>.+)$ {
        set $tallygate_mint_path /hls/$wanted;
        set $tallygate_mint_more p=2;
        include tallygate/mint.conf;
      }`,
  });
  browser = await startBrowser();
  tab = await (await openContext(browser, {})).newPage();
});
afterAll(async () => {
  await browser?.close();
  await nginx?.stop();
});

/** Opens the folder link as a person does; with what it, a relative address and the same without cookies are answered. */
async function open(address: string, relativeAddress = '720p (a;b)/seg 1.ts'): Promise<string> {
  await tab.context().clearCookies();
  const opened = await tab.goto(address);
  const relative = () =>
    tab.evaluate(async (to) => (await fetch(to, { cache: 'no-store' })).status, relativeAddress);
  const withCookie = await relative();
  await tab.context().clearCookies();
  return `${opened?.status()} ${withCookie} ${await relative()}`;
}

for (const signer of signers) {
  const reason = signer.command ? ` (skipped: ${signer.command} is not installed)` : '';
  test.skipIf(signer.command)(`${signer.name}${reason}`, async () => {
    const paths = names.map((name) => `/hls/${name}/index.html`);
    const written = await signer.write(paths);
    expect(written).toHaveLength(paths.length);
    const seen: Record<string, string> = {};
    for (const [i, one] of paths.entries()) {
      const query = link(one, { prefix: 2 }).split('?')[1];
      seen[names[i] as string] = await open(`${nginx.url}${written[i]}?${query}`);
    }
    // By the cookie, and without it closed.
    expect(seen).toEqual(Object.fromEntries(names.map((name) => [name, '200 200 403'])));
  });
}

test('links that mint.conf signs', async () => {
  const seen: Record<string, string> = {};
  for (const name of names)
    seen[name] = await open(`${nginx.url}/members/${encodeURIComponent(name)}/index.html`);
  expect(seen).toEqual(Object.fromEntries(names.map((name) => [name, '200 200 403'])));
});

test('a folder whose address is longer than a cookie can say', async () => {
  const target = link(`/hls/${long}/${long}/lesson/index.html`, { prefix: 3 });
  expect(await open(nginx.url + target, '../720p (a;b)/seg 1.ts')).toBe('200 200 403');
});
