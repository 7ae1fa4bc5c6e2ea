// One NGINX with HTTPS under several names, as a player and its files have them, and a browser. Every *.localhost is this host
// to Chromium, and each of them a site of its own.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { freePort } from '../../../app/process/ports.ts';
import { temporaryFolder } from '../../harness/folders.ts';
import type { Nginx } from '../../harness/nginx.ts';
import { openContext, startBrowser } from '../../pages/browser.ts';
import { startSite } from '../site.ts';

const run = promisify(execFile);

export type Rig = {
  nginx: Nginx;
  browser: Browser;
  /** https:// with the port. */
  origins: {
    /** Files with cors.conf, and a cookie that goes to other sites. */
    files: string;
    /** The same files, and the cookie as it is where nothing is set. */
    lax: string;
    /** Another site, let in. */
    player: string;
    /** Another origin of the site of `lax`, let in. */
    www: string;
    /** Another site, not let in. */
    stranger: string;
  };
  /** An empty page of `origin` in a context of its own. */
  open(origin: string): Promise<{ page: Page; context: BrowserContext }>;
  /** What was downloaded of the folder hls/course/ since the last call: each name with its status and token. */
  fetched(): Promise<Set<string>>;
  stop(): Promise<void>;
};

/** @param server what stands in the HTTPS server beside the files */
export async function startRig(server = ''): Promise<Rig> {
  const port = await freePort();
  const origin = (name: string) => `https://${name}.localhost:${port}`;
  const origins = {
    files: origin('dl'),
    lax: origin('lax'),
    player: origin('player'),
    www: origin('www.lax'),
    stranger: origin('stranger'),
  };
  const nginx = await startSite({
    etc: await certificate(),
    http: `
      map $http_origin $tallygate_cors {
          default "";
          "${origins.player}" $http_origin;
          "${origins.www}" $http_origin;
      }
      map $host $tallygate_cookie_site { default ""; dl.localhost cross; }
      server {
          listen 127.0.0.1:${port} ssl http2;
          server_name dl.localhost lax.localhost;
          ssl_certificate etc/certificate.pem;
          ssl_certificate_key etc/certificate.key;
          root www;
          include tallygate/service.conf;
          include tallygate/segments.conf;
          location ^~ /hls/ { include tallygate/protect.conf; include tallygate/cors.conf; }
          location = /player { default_type text/html; return 200 "<!doctype html><title>Player</title>"; }
          ${server}
      }`,
  });
  const browser = await startBrowser();
  let told = 0;
  return {
    nginx,
    browser,
    origins,
    async open(from) {
      // The certificate is our own.
      const context = await openContext(browser, { ignoreHTTPSErrors: true });
      const page = await context.newPage();
      const tools = await context.newCDPSession(page);
      // Of a third party only partitioned cookies, as Safari, Firefox and careful people have it.
      await tools.send('Network.enable');
      await tools.send('Network.setCookieControls', { enableThirdPartyCookieRestriction: true });
      await page.goto(`${from}/player`);
      return { page, context };
    },
    async fetched() {
      const records = (await nginx.records()).slice(told);
      told += records.length;
      const name = (record: Record<string, unknown>) => String(record.path).replace('/hls/course/', '');
      return new Set(records.map((record) => `${name(record)} ${record.status} ${record.token}`));
    },
    async stop() {
      await browser.close();
      await nginx.stop();
    },
  };
}

async function certificate(): Promise<Record<string, string>> {
  const folder = await temporaryFolder('certificate');
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const names = ['-subj', '/CN=localhost', '-keyout', 'certificate.key', '-out', 'certificate.pem'];
  await run('openssl', ['req', ...kind, ...names], { cwd: folder });
  const text = (name: string) => readFile(path.join(folder, name), 'utf8');
  return {
    'certificate.key': await text('certificate.key'),
    'certificate.pem': await text('certificate.pem'),
  };
}
