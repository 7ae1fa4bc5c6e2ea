// The page of a link, through a real NGINX: previewers and scanners fetch it and spend nothing, a customer presses the button.

import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../app/process/until.ts';
import { accessibilityFindings, openPage, phone, screenshot, startBrowser } from '../pages/browser.ts';
import { type Edge, startEdge } from './edge.ts';

let edge: Edge;
let browser: Browser;
beforeAll(async () => {
  [edge, browser] = await Promise.all([startEdge({ retryGrace: 0 }), startBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await edge?.stop();
});

type Token = { id: string; link: string; form: string };
async function issue(body: object = {}): Promise<Token> {
  const response = await edge.api('POST', '/tokens', {
    path: '/files/a.bin',
    form: 'page',
    max_copies: 1,
    ...body,
  });
  expect(response.status, await response.clone().text()).toBe(201);
  return (await response.json()) as Token;
}
const press = (link: string) => fetch(link, { method: 'POST', redirect: 'manual' });

/** What fetches an address because it stands in a chat or in a mail. */
const previewers = [
  'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
  'Slackbot 1.0 (+https://api.slack.com/robots)',
  'TelegramBot (like TwitterBot)',
  'WhatsApp/2.23.20.0',
  'Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)',
  'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
  'Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com',
  // SafeLinks and other scanners call themselves browsers.
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36',
  'Mozilla/5.0 (compatible; BarracudaCentral/1.0)',
  '',
];

test('no previewer or scanner spends a copy, and the customer has it', async () => {
  const { id, link } = await issue();
  expect(link).toContain(`${edge.nginx.url}/tallygate/get/files/a.bin?e=`);
  for (const agent of previewers)
    for (const method of ['GET', 'HEAD']) {
      const answer = await fetch(link, { method, headers: { 'user-agent': agent }, redirect: 'manual' });
      expect([agent, answer.status]).toEqual([agent, 200]);
      // Nothing in it that leads to the file by itself.
      expect(await answer.text()).not.toMatch(/(?:href|src|content)="[^"]*\/files\//);
    }
  const answer = await press(link);
  expect(answer.status).toBe(303);
  const to = new URL(answer.headers.get('location') ?? '', link).href;
  expect(to).toBe(link.replace('/tallygate/get', ''));
  expect((await edge.nginx.records()).length).toBe(0);
  const file = await fetch(to);
  expect([file.status, (await file.arrayBuffer()).byteLength]).toEqual([200, 300_000]);
  await until(async () => (await fetch(to, { method: 'HEAD' })).status === 410, 'the file to be spent');
  // The page says so, too.
  expect((await fetch(link)).status).toBe(410);
  expect((await press(link)).status).toBe(410);
  const read = (await (await edge.api('GET', `/tokens/${id}`)).json()) as Token;
  expect(read).toMatchObject({ form: 'page', link, files: [{ spent: 1, left: 0 }] });
});

test('the button leads to no other host', async () => {
  const { link } = await issue();
  const answer = await press(link.replace('/get/files/', '/get//files/'));
  expect(answer.headers.get('location')).toMatch(/^\/files\/a\.bin\?/);
});

test.each<[string, (link: string) => string, number]>([
  ['forged', (link) => link.replace(/e=\d/, 'e=9'), 403],
  ['another file', (link) => link.replace('a.bin', 'b.bin'), 403],
  ['without arguments', (link) => link.replace(/\?.*/, ''), 403],
  ['another host', (link) => link.replace('/get/', '/get//evil.example/'), 403],
  ['nothing', (link) => link.replace(/get\/.*/, 'get/'), 403],
])('what opens nothing has no button: %s', async (_, change, status) => {
  const { link } = await issue();
  for (const answer of [await fetch(change(link)), await press(change(link))]) {
    expect(answer.status).toBe(status);
    expect(answer.headers.get('location')).toBeNull();
    expect(await answer.text()).not.toContain('<button');
  }
});

test('a folder has no page; a link without a token, and the command line, have one', async () => {
  for (const folder of [{ path: '/files/' }, { prefix: 1 }])
    expect(
      (await edge.api('POST', '/tokens', { path: '/files/a.bin', form: 'page', ...folder })).status,
    ).toBe(422);
  const answer = await edge.api('POST', '/links', {
    path: '/files/a.bin',
    form: 'page',
    filename: 'Meine Größe.zip',
  });
  const { link } = (await answer.json()) as Token;
  const german = await fetch(link, { headers: { 'accept-language': 'de-AT,de;q=0.9' } });
  const text = await german.text();
  for (const part of ['<html lang="de">', 'Meine Größe.zip', 'Herunterladen']) expect(text).toContain(part);
  expect(german.headers.get('vary')).toContain('Accept-Language');
});

test('a customer on a phone, without JavaScript', async () => {
  const { link } = await issue({ path: '/files/b.bin', filename: 'Héloïse & the Long Shadows.zip' });
  const { page, faults } = await openPage(browser, edge.nginx.url, { ...phone, javaScriptEnabled: false });
  await page.goto(link);
  await screenshot(page, 'get-phone');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download' }).tap(),
  ]);
  expect(await download.failure()).toBeNull();
  expect(download.suggestedFilename()).toBe('Héloïse & the Long Shadows.zip');
  expect(faults).toEqual([]);
  await page.close();
  // The link is in no log.
  const folder = edge.nginx.places.log;
  const names = (await readdir(folder)).filter((name) => name !== 'error.log');
  const logs = await Promise.all(names.map((name) => readFile(path.join(folder, name), 'utf8')));
  expect(logs.join('\n')).not.toContain(new URL(link).searchParams.get('s'));
  const scripted = await openPage(browser, edge.nginx.url, { ...phone, bypassCSP: true });
  await scripted.page.goto((await issue()).link);
  expect(await accessibilityFindings(scripted.page)).toEqual([]);
});
