// A real browser (Debian's Chromium) on the real pages.

import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';

const executable = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);

/** Starts the browser; it must reach nothing but loopback. */
export function startBrowser(): Promise<Browser> {
  if (!executable)
    throw new Error('chromium is missing: app/run/install-packages.sh --for-tests installs it');
  const flags =
    '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';
  return chromium.launch({ executablePath: executable, args: flags.split(' ') });
}

/** A fresh context. Its waits are a limit for a slow shared machine, not a measure. */
export async function openContext(browser: Browser, options: BrowserContextOptions): Promise<BrowserContext> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(120_000);
  return context;
}

export const desktop: BrowserContextOptions = { viewport: { width: 1280, height: 900 } };
export const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
};

export type WatchedPage = { page: Page; faults: string[] };

/** A page in a fresh context, with what it does that it may not. */
export async function openPage(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions,
): Promise<WatchedPage> {
  const context = await openContext(browser, options);
  const page = await context.newPage();
  return { page, faults: watchFaults(page, origin) };
}

/** Signs in to the private pages, as a person does; ends on the overview. */
export async function signIn(page: Page, origin: string, apiKey: string): Promise<void> {
  await page.goto(`${origin}/tallygate/reports`);
  await page.getByLabel('API key').fill(apiKey);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
}

/** What a page may not do: load from elsewhere, break its own policy, throw. */
export function watchFaults(page: Page, origin: string): string[] {
  const faults: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(origin)) faults.push(`request to ${request.url()}`);
  });
  page.on('pageerror', (error) => void faults.push(`script error: ${error.message}`));
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    if (message.type() === 'error' && /Content Security Policy|Refused/i.test(message.text()))
      faults.push(message.text());
  });
  return faults;
}

type AxeResult = {
  violations: { id: string; impact: string; nodes: { target: string[]; failureSummary: string }[] }[];
};
const axeSource = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Serious findings of axe, in one line each; by `rules` alone, where they are given. */
export async function accessibilityFindings(page: Page, rules?: readonly string[]): Promise<string[]> {
  // The page's own policy lets no script in; the context of this page is made with bypassCSP.
  await page.addScriptTag({ path: axeSource });
  const { violations } = (await page.evaluate(
    rules ? `axe.run({ runOnly: ${JSON.stringify(rules)} })` : 'axe.run()',
  )) as AxeResult;
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .slice(0, 3)
          .map(({ target, failureSummary }) => `${target.join(' ')} ${failureSummary}`)
          .join(', ')}`,
    );
}

/** Saves a screenshot below $SCREENSHOTS, where that is set: to look at, not to compare. */
export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
}
