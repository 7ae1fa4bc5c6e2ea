// HTTP/3, where NGINX has it: Chromium is the client, for Node has none.

import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../../app/process/ports.ts';
import type { Nginx } from '../../harness/nginx.ts';
import { builtWith } from '../origins/build.ts';
import { type Origin, startOrigin } from '../origins/origin.ts';
import { hello, link, startSite } from '../site.ts';
import { makeCertificate } from './certificate.ts';
import { oneRecord, recordedBy } from './recorded.ts';

const browserPath = '/usr/bin/chromium';
const size = 3_000_000;
const stalled = 300_000;

describe.skipIf(!builtWith('http_v3_module') || !existsSync(browserPath))(
  'HTTP/3 (NGINX 1.25, Chromium)',
  () => {
    let nginx: Nginx;
    let origin: Origin;
    let browser: Browser;
    let page: Page;
    beforeAll(async () => {
      // As in http2.test.ts.
      origin = await startOrigin((request, response) => {
        const isStalled = request.url?.startsWith('/stall/');
        const bytes = Number(request.url?.split('/').at(-1));
        if (isStalled) response.setHeader('Content-Length', size);
        response.write(Buffer.alloc(isStalled ? stalled : bytes));
        if (!isStalled) response.end();
      });
      const port = await freePort();
      const { lines, spki } = await makeCertificate();
      nginx = await startSite({
        files: {
          'files/big.bin': new Uint8Array(size),
          'files/none.bin': '',
          'files/one.bin': 'x',
          'page.html': '<!doctype html>',
        },
        http: `proxy_cache_path cache keys_zone=files:1m; proxy_cache_valid any 10m;
      server {
        listen 127.0.0.1:${port} quic reuseport; ${lines} root www;
        types { text/html html; }
        location ^~ /files/ { include tallygate/protect.conf; }
        location ^~ /open/  { include tallygate/count.conf; alias www/files/; }
        location = /protocol { return 200 $server_protocol; }
        location ^~ /kept/  { include tallygate/protect.conf; proxy_cache files; proxy_pass ${origin.url}; }
        location ^~ /far/   {
          include tallygate/protect.conf; include tallygate/origin.conf;
          rewrite ^/far(/.*)$ $1 break; proxy_pass ${origin.url}; proxy_buffering off;
        }
      }`,
      });
      const force = `--origin-to-force-quic-on=127.0.0.1:${port}`;
      const quiet =
        '--no-first-run --disable-background-networking --disable-component-update --disable-sync';
      const args = [
        '--no-sandbox',
        '--disable-gpu',
        '--enable-quic',
        force,
        `--ignore-certificate-errors-spki-list=${spki}`,
      ];
      browser = await chromium.launch({ executablePath: browserPath, args: [...args, ...quiet.split(' ')] });
      page = await browser.newPage();
      await page.goto(`https://127.0.0.1:${port}/page.html`);
    });
    afterAll(async () => {
      await browser?.close();
      await nginx?.stop();
      await origin?.stop();
    });

    /** Fetches inside the page; leaves when so many bytes have come. */
    const fetched = (target: string, headers: Record<string, string> = {}, enough = Infinity) =>
      page.evaluate(
        async ([target, headers, enough]) => {
          const leaving = new AbortController();
          const answer = await fetch(target, { headers, signal: leaving.signal, cache: 'no-store' });
          const reader = answer.body?.getReader();
          let bytes = 0;
          for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
            bytes += part.value.length;
            if (bytes >= Number(enough)) break;
          }
          leaving.abort();
          return { status: answer.status, bytes, etag: answer.headers.get('etag') };
        },
        [target, headers, String(enough)] as const,
      );

    test('it is HTTP/3', async () => {
      expect(await page.evaluate(async () => (await fetch('/protocol')).text())).toBe('HTTP/3.0');
    });

    test.each([
      ['none.bin', 0],
      ['one.bin', 1],
      ['a.txt', hello.length],
      ['big.bin', size],
    ])('%s: %i bytes, behind the gate and without', async (name, bytes) => {
      for (const target of [link(`/files/${name}`, { token: 'tok' }), `/open/${name}`]) {
        const [answer, record] = await oneRecord(nginx, () => fetched(target));
        expect(answer).toMatchObject({ status: 200, bytes });
        expect(record).toMatchObject({ from: 0, sent: bytes, size: bytes, etag: answer.etag });
      }
    });

    test('a range', async () => {
      const headers = { Range: 'bytes=100000-1999999' };
      const [answer, record] = await oneRecord(nginx, () => fetched(link('/files/big.bin'), headers));
      expect(answer).toMatchObject({ status: 206, bytes: 1_900_000 });
      expect(record).toMatchObject({ status: 206, from: 100_000, sent: 1_900_000, size });
    });

    test.each([1, 63, 64, 65, 1000, 16_383, 16_384])('a length that nobody said: %i bytes', async (bytes) => {
      // The second time out of the cache, of which NGINX does not tell how much it was.
      for (const target of [`/far/unsaid/${bytes}`, `/kept/${bytes}`, `/kept/${bytes}`]) {
        const [answer, record] = await oneRecord(nginx, () => fetched(link(target)));
        expect(answer.bytes).toBe(bytes);
        expect(record).toMatchObject({ sent: bytes, size: bytes });
      }
    });

    test('broken off: what was sent, to the byte', async () => {
      const [, record] = await oneRecord(nginx, () => fetched(link('/far/stall/f'), {}, stalled));
      expect(record).toMatchObject({ status: 200, from: 0, sent: stalled, size });
    });

    test('fifty at once: fifty records', async () => {
      const before = (await nginx.records()).length;
      await Promise.all(
        Array.from({ length: 50 }, (_, i) => fetched(link('/files/a.txt', { token: `t${i}` }))),
      );
      await nginx.waitForRecords(before + 50);
      const records = (await nginx.records()).slice(before);
      expect(new Set(records.map(({ token }) => token)).size).toBe(50);
      expect(records.map(({ sent }) => sent)).toEqual(Array(50).fill(hello.length));
    });

    test('304, 416: none', async () => {
      const target = link('/files/a.txt');
      const [{ etag }] = await oneRecord(nginx, () => fetched(target));
      const [statuses, records] = await recordedBy(nginx, async () => [
        (await fetched(target, { 'If-None-Match': String(etag) })).status,
        (await fetched(target, { Range: 'bytes=999-' })).status,
      ]);
      expect(statuses).toEqual([304, 416]);
      expect(records).toEqual([]);
    });

    test('a folder link opens the folder by its cookie, beside others', async () => {
      await page.context().addCookies([{ name: 'theme', value: 'dark', url: page.url() }]);
      await oneRecord(nginx, () => fetched(link('/far/five/5', { prefix: 2, token: 'tok' })));
      const [answer, record] = await oneRecord(nginx, () => fetched('/far/five/6'));
      expect(answer).toMatchObject({ status: 200, bytes: 6 });
      expect(record).toMatchObject({ token: 'tok', sent: 6 });
      expect(origin.seen.at(-1)?.headers.cookie).toBe('theme=dark');
    });
  },
);
