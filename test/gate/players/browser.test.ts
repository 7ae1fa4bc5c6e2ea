// Pages of other origins in Chromium: what they read by fetch(), from a cache, after a redirect to a link, in a frame.

import { mkdir, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openContext } from '../../pages/browser.ts';
import { link, startSite } from '../site.ts';
import { type Rig, startRig } from './rig.ts';

const members = (name: string, more: string) => `
  location ~ ^/${name}/(?<wanted>.+)$ {
      set $tallygate_mint_path /hls/$wanted;
      set $tallygate_mint_more p=2;
      include tallygate/mint.conf;
      ${more}
  }`;

let rig: Rig;
beforeAll(async () => {
  rig = await startRig(`
    types { text/html html; }
    ${members('members', 'include tallygate/cors.conf;')}
    ${members('silent', '')}`);
  const folder = path.join(rig.nginx.dir, 'www/hls/course');
  await mkdir(path.join(folder, 'sub'), { recursive: true });
  await writeFile(path.join(folder, 'index.html'), '<!doctype html><title>Lesson</title>');
  await writeFile(path.join(folder, 'sub/text.txt'), 'text');
});
afterAll(() => rig?.stop());

/** What fetch() on the page makes of `address`: the status and where it ended, or that it failed. */
function read(page: Page, address: string, options: RequestInit = {}): Promise<string> {
  return page.evaluate(
    ({ address, options }) =>
      fetch(address, options).then(
        ({ status, url }) => `${status} ${new URL(url).pathname}`,
        () => 'failed',
      ),
    { address, options },
  );
}

const page = link('/hls/course/index.html', { prefix: 2 });

test('a request that asks first', async () => {
  const conditional = { headers: { 'If-None-Match': '"x"' } };
  const player = await rig.open(rig.origins.player);
  expect(await read(player.page, rig.origins.files + page, conditional)).toBe('200 /hls/course/index.html');
  expect(await read(player.page, rig.origins.files + page, { headers: { 'X-Other': '1' } })).toBe('failed');
  expect(await read(player.page, rig.origins.files + page, { method: 'DELETE' })).toBe('failed');
  await player.context.close();
  const stranger = await rig.open(rig.origins.stranger);
  expect(await read(stranger.page, rig.origins.files + page, conditional)).toBe('failed');
  await stranger.context.close();
});

test('a picture that the browser has kept, then by a script', async () => {
  // Without HTTPS: of a host whose certificate it must not trust Chromium keeps nothing.
  const nginx = await startSite({
    http: 'map $http_origin $tallygate_cors { default ""; "~^http://player.localhost:" $http_origin; }',
    files: {
      'hls/poster.svg': '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>',
      'player.html': '<!doctype html><title>Player</title>',
    },
    server: `
      types { text/html html; image/svg+xml svg; }
      location ^~ /hls/ { include tallygate/protect.conf; include tallygate/cors.conf; }`,
  });
  // So old that a browser keeps it without asking.
  await utimes(path.join(nginx.dir, 'www/hls/poster.svg'), 1e9, 1e9);
  const context = await openContext(rig.browser, {});
  const tab = await context.newPage();
  await tab.goto(`http://player.localhost:${nginx.port}/player.html`);
  const poster = nginx.url + link('/hls/poster.svg');
  const show = () =>
    tab.evaluate((address) => {
      const image = new Image();
      image.src = address;
      return image.decode();
    }, poster);
  await show();
  await tab.goto(`http://player.localhost:${nginx.port}/player.html?again`);
  await show();
  expect(await nginx.records()).toHaveLength(1);
  expect(await read(tab, poster)).toBe('200 /hls/poster.svg');
  await context.close();
  await nginx.stop();
});

test('a location that signs: the redirect is followed where cors.conf is in both, and the cookie opens the rest', async () => {
  const { page: tab, context } = await rig.open(rig.origins.player);
  const credentials: RequestInit = { credentials: 'include' };
  const { files } = rig.origins;
  expect(await read(tab, `${files}/members/course/index.html`, credentials)).toBe(
    '200 /hls/course/index.html',
  );
  expect(await read(tab, `${files}/hls/course/sub/text.txt`, credentials)).toBe(
    '200 /hls/course/sub/text.txt',
  );
  expect(await read(tab, `${files}/hls/course/sub/text.txt`, { cache: 'no-store' })).toBe(
    '403 /hls/course/sub/text.txt',
  );
  expect(await read(tab, `${files}/silent/course/index.html`, credentials)).toBe('failed');
  await context.close();
});

test('a page in a frame of another site: its cookie must be one that goes there', async () => {
  for (const [files, expected] of [
    [rig.origins.files, 200],
    [rig.origins.lax, 403],
  ] as const) {
    const { page: tab, context } = await rig.open(rig.origins.player);
    await tab.evaluate(
      (address) =>
        new Promise((resolve) => {
          const frame = document.createElement('iframe');
          frame.onload = resolve;
          frame.src = address;
          document.body.append(frame);
        }),
      files + page,
    );
    const frame = tab.frames()[1];
    expect(await frame?.title()).toBe('Lesson');
    expect(await frame?.evaluate(async () => (await fetch('sub/text.txt')).status)).toBe(expected);
    await context.close();
  }
});
