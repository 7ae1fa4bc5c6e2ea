// Cards and codes in a real browser, through a real NGINX: on a phone, by keyboard, without JavaScript; and the
// operator's page of the batch.

import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../app/process/until.ts';
import {
  accessibilityFindings,
  desktop,
  openPage,
  phone,
  screenshot,
  signIn,
  startBrowser,
} from '../pages/browser.ts';
import { type Edge, startEdge } from './edge.ts';

let edge: Edge;
let browser: Browser;
beforeAll(async () => {
  [edge, browser] = await Promise.all([startEdge(), startBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await edge?.stop();
});

type Batch = { id: string; codes: { code: string; url: string }[] };

async function make(body: object = {}): Promise<Batch> {
  const response = await edge.api('POST', '/codes', {
    label: 'Spring LP',
    title: 'Héloïse & the Long Shadows: Spring LP',
    paths: ['/files/a.bin', '/files/b.bin'],
    count: 1,
    ...body,
  });
  return (await response.json()) as Batch;
}
const codeOf = (batch: Batch) => batch.codes[0]?.code as string;

const open = (options: BrowserContextOptions) => openPage(browser, edge.nginx.url, options);

test('a phone without JavaScript: scan, press, download, and come back', async () => {
  const batch = await make();
  const { page, faults } = await open({ ...phone, javaScriptEnabled: false });
  await page.goto(batch.codes[0]?.url as string);
  await screenshot(page, 'redeem-phone-scanned');
  expect(await page.getByLabel('Code').inputValue()).toBe(codeOf(batch));
  await page.getByRole('button', { name: 'Show my files' }).tap();
  await page.getByRole('heading', { name: 'Spring LP' }).waitFor();
  // The heading is there before the rest is.
  await page.waitForLoadState();
  await screenshot(page, 'redeem-phone-files');
  expect(await page.getByText('300 kB').count()).toBe(2);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download a.bin' }).tap(),
  ]);
  expect(await download.failure()).toBeNull();
  await until(async () => {
    await page.reload();
    return (await page.getByText('Downloaded', { exact: true }).count()) === 1;
  }, 'the page to say what was downloaded');
  await screenshot(page, 'redeem-phone-downloaded');
  // The same card in the same browser is the same use.
  const address = page.url();
  await page.goto(batch.codes[0]?.url as string);
  await page.getByRole('button').tap();
  await page.waitForURL(address);
  expect(faults).toEqual([]);
  // Neither the code nor the secret of the page is in any log of NGINX.
  const folder = edge.nginx.places.log;
  const logs = await Promise.all(
    (await readdir(folder)).map((name) => readFile(path.join(folder, name), 'utf8')),
  );
  expect(logs.join('\n')).toContain('/tallygate/assets/');
  for (const secret of [codeOf(batch), address.split('/').at(-1) as string]) {
    expect(logs.join('\n')).not.toContain(secret);
  }
});

test('by keyboard alone, with mistakes said where they are heard', async () => {
  const used = codeOf(await make());
  const expired = codeOf(await make({ redeem_until: '2020-01-01T00:00:00Z', force: true }));
  expect((await edge.api('POST', '/codes/redeem', { code: used })).status).toBe(200);
  const { page, faults } = await open({ ...desktop, bypassCSP: true });
  const visit = async () => {
    await page.goto(`${edge.nginx.url}/tallygate/redeem`);
    // The field gets the focus by itself: who comes here comes to type.
    await page.locator('input:focus').waitFor();
  };
  const tell = async (code: string, words: string, name: string) => {
    await visit();
    await page.keyboard.type(code.toLowerCase().replaceAll('-', ''));
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText(words).waitFor();
    await screenshot(page, `redeem-desktop-${name}`);
    expect(await accessibilityFindings(page)).toEqual([]);
  };
  await tell('AAAAA-AAAAA-AAAB', 'That code has a typing mistake.', 'slip');
  await tell(used, 'This code has been used 1 of 1 time.', 'used');
  await tell(expired, 'This code has expired.', 'expired');
  // The answers 404 and 410 are errors to the console, not to us.
  expect(faults).toEqual([]);

  const fresh = codeOf(await make());
  await visit();
  await page.keyboard.type(fresh);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await page.getByRole('heading', { name: 'Spring LP' }).waitFor();
  await screenshot(page, 'redeem-desktop-files');
  expect(await accessibilityFindings(page)).toEqual([]);
});

test('the operator sees the batch, and revokes a code: its download ends at the edge', async () => {
  const batch = await make({ count: 3 });
  const redeemed = await edge.api('POST', '/codes/redeem', { code: codeOf(batch) });
  const { page: address, files } = (await redeemed.json()) as { page: string; files: { link: string }[] };
  const link = files[0]?.link as string;
  const preview = async () => (await fetch(link, { headers: { range: 'bytes=0-0' } })).status;
  expect(await preview()).toBe(206);

  const created = await edge.api('GET', '/codes/batches');
  expect(created.status).toBe(200);
  const { page, faults } = await open(desktop);
  await signIn(page, edge.nginx.url, edge.apiKey);
  await page.goto(`${edge.nginx.url}/tallygate/reports/codes?batch=${batch.id}`);
  await page.getByText('in use').waitFor();
  await screenshot(page, 'batch-desktop');
  await page.getByText('Print its codes again').click();
  await page.getByText('2 codes can be printed again').waitFor();
  await screenshot(page, 'batch-desktop-print');
  for (const [form, ending] of [
    ['Cards as PDF', 'pdf'],
    ['Cards as a page', 'html'],
    ['CSV', 'csv'],
  ] as const) {
    await page.getByLabel('As', { exact: true }).selectOption({ label: form });
    const [printed] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download' }).click(),
    ]);
    expect(printed.suggestedFilename()).toBe(`codes-${batch.id}.${ending}`);
    const text = (await readFile(await printed.path())).toString('latin1');
    expect(text.slice(0, 5)).toBe({ pdf: '%PDF-', html: '<!doc', csv: 'seria' }[ending]);
    if (ending !== 'pdf')
      expect(batch.codes.map(({ code }) => text.includes(code))).toEqual([false, true, true]);
  }
  await page.getByRole('button', { name: 'Revoke code 1' }).click();
  await page.getByRole('cell', { name: 'revoked' }).waitFor();
  await until(async () => (await preview()) === 410, 'the link to be refused');
  expect((await fetch(address)).status).toBe(410);
  await page.getByText('Revoke this batch').click();
  await page.getByRole('button', { name: 'Revoke the batch' }).click();
  await until(
    async () => (await page.getByRole('cell', { name: 'revoked' }).count()) === 3,
    'every code to be revoked',
  );
  await screenshot(page, 'batch-desktop-revoked');
  expect(faults).toEqual([]);
});
