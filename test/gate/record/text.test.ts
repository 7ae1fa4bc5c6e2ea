// The record: one valid line for whatever bytes come, and the same line from NGINX and from njs.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { forge } from '../../../app/nginx/forge.ts';
import { until } from '../../../app/process/until.ts';
import type { Nginx } from '../../harness/nginx.ts';
import { get, sendRaw } from '../raw.ts';
import { ask, hello, inSeconds, link, startSite } from '../site.ts';

let nginx: Nginx;
beforeAll(async () => {
  nginx = await startSite({
    http: `map "" $tallygate_edge { default fra1; } map $http_x_country $tallygate_country { default $http_x_country; }
      set_real_ip_from 127.0.0.1; real_ip_header X-Forwarded-For;
      log_format tallygate_js escape=none '$tallygate_js_line';`,
    files: { 'files/big.bin': new Uint8Array(30_000_000), 'files/größe.txt': hello },
    server: `
      location /both/ {
        include tallygate/count.conf;
        alias www/files/;
        access_log log/native.log tallygate_record;
        access_log log/escaped.log tallygate_js;
      }`,
  });
});
afterAll(() => nginx.stop());

/** A log once it has so many lines: NGINX writes them when the answer is sent already. */
async function wholeLog(file: string, lines: number): Promise<string> {
  let text = '';
  await until(
    async () => {
      text = await readFile(file, 'latin1');
      return text.split('\n').length > lines;
    },
    `${lines} lines in ${path.basename(file)}`,
  );
  expect(text.split('\n').length).toBe(lines + 1);
  return text;
}

test('both writers agree to the byte on whatever NGINX writes by itself', async () => {
  const agents = [
    'curl/8.5',
    'a "quoted" \\ back/slash',
    "it's <b>&amp;</b>",
    ' '.repeat(3),
    'x'.repeat(500),
    '{}[]:,',
  ];
  const referrers = [
    '',
    'https://example.org/',
    'http://User:Pw@Example.ORG:8080/p?q#f',
    'javascript:alert(1)',
    'https://[::1]/',
  ];
  for (const agent of agents)
    for (const referrer of referrers)
      await ask(nginx, '/both/a.txt?x="', {
        headers: {
          'User-Agent': agent,
          Referer: referrer,
          Range: `bytes=${agent.length % 9}-`,
          'X-Country': 'DE',
        },
      });
  await ask(nginx, '/both/a.txt');
  const lines = agents.length * referrers.length + 1;
  const [native, escaped] = await Promise.all(
    ['native.log', 'escaped.log'].map((name) => wholeLog(path.join(nginx.dir, 'log', name), lines)),
  );
  // The lines are written one after the other, so the time may differ by a millisecond.
  const timeless = (text = '') => text.replace(/"at":\d+\.\d{3}/g, '"at":0').replace(/"ms":\d+/g, '"ms":0');
  expect(timeless(escaped)).toBe(timeless(native));
  await nginx.waitForRecords(lines);
});

test('a whole record', async () => {
  const before = (await nginx.records()).length;
  const started = Date.now() / 1000;
  const answer = await ask(nginx, link('/files/a.txt', { token: 'tok' }), {
    headers: {
      Referer: 'https://www.example.org/page?session=secret',
      'X-Country': 'NZ',
      Range: 'bytes=3-6',
    },
  });
  const record = (await nginx.waitForRecords(before + 1)).at(-1) ?? {};
  expect(record).toMatchObject({
    edge: 'fra1',
    host: '127.0.0.1',
    etag: answer.headers.etag,
    from: 3,
    sent: 4,
    size: hello.length,
    referrer: 'www.example.org',
    country: 'NZ',
  });
  expect(record.at).toBeGreaterThan(started - 1);
  expect(record.at).toBeLessThan(Date.now() / 1000 + 1);
  expect(record.id).toMatch(/^[0-9a-f]{32}$/);
  expect(record.ms).toBeGreaterThanOrEqual(0);
});

test('an aborted download says how much was sent, and how long it took', async () => {
  const before = (await nginx.records()).length;
  const controller = new AbortController();
  const response = await fetch(nginx.url + link('/files/big.bin', { rate: 2_000_000 }), {
    signal: controller.signal,
  });
  // At this rate NGINX lets so much go in no less than 1.5 s.
  const reader = response.body?.getReader();
  for (let read = 0; read < 5_000_000; ) read += (await reader?.read())?.value?.length ?? Number.NaN;
  controller.abort();
  const record = (await nginx.waitForRecords(before + 1)).at(-1) ?? {};
  expect(record).toMatchObject({ status: 200, from: 0, size: 30_000_000 });
  expect(record.sent).toBeGreaterThan(1_000_000);
  expect(record.sent).toBeLessThan(30_000_000);
  expect(record.ms).toBeGreaterThan(1000);
});

test.each([
  ['quotes and backslashes', 'a"b\\c'],
  ['escape and bell', 'a\x1b[31mb\x07'],
  ['U+2028 and an emoji', Buffer.from('a\u2028😀b', 'utf8').toString('latin1')],
  ['bytes that are no UTF-8', 'a\xff\xfe\xc3(b'],
  ['eight kilobytes', 'x'.repeat(7900)],
  ['eight kilobytes of UTF-8', Buffer.from('é'.repeat(3900), 'utf8').toString('latin1')],
  ['DEL', 'a\x7fb'],
])('user agent with %s: one valid line of ASCII', async (_, agent) => {
  const before = (await nginx.records()).length;
  expect((await sendRaw(nginx, get(link('/files/a.txt'), [`User-Agent: ${agent}`]))).status).toBe(200);
  const records = await nginx.waitForRecords(before + 1);
  expect(records.length).toBe(before + 1);
  const text = await readFile(path.join(nginx.places.log, 'downloads.log'), 'latin1');
  expect(text).toMatch(/^[\x20-\x7e\n]*$/);
  const whole = Buffer.from(agent, 'latin1').toString('utf8');
  expect(records.at(-1)?.agent).toBe([...whole].slice(0, 512).join(''));
});

test('a link to a path that is not ASCII is good whatever bytes the user agent has', async () => {
  for (const agent of ['a\xff\xfe\xc3(b', 'plain', Buffer.from('é😀', 'utf8').toString('latin1')])
    for (const more of [{}, { finishBy: inSeconds(7200), filename: 'größe.txt' }]) {
      const target = link('/files/größe.txt', more);
      expect((await sendRaw(nginx, get(target, [`User-Agent: ${agent}`]))).status).toBe(200);
      expect((await sendRaw(nginx, get(forge(target), [`User-Agent: ${agent}`]))).status).toBe(403);
    }
});

test('text that is UTF-8 comes through as it is', async () => {
  const before = (await nginx.records()).length;
  const agent = Buffer.from('Größe 😀', 'utf8').toString('latin1');
  await sendRaw(nginx, get(link('/files/a.txt'), [`User-Agent: ${agent}`]));
  expect((await nginx.waitForRecords(before + 1)).at(-1)?.agent).toBe('Größe 😀');
});

test('any header bytes yield one valid record', async () => {
  const before = (await nginx.records()).length;
  // What NGINX lets into a header's value: anything but NUL, CR and LF.
  const bytes = fc
    .uint8Array({ maxLength: 300 })
    .map((array) =>
      Buffer.from(array.filter((byte) => byte !== 0 && byte !== 10 && byte !== 13)).toString('latin1'),
    );
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(bytes, bytes, bytes, async (agent, referrer, country) => {
      const headers = [`User-Agent: ${agent}`, `Referer: ${referrer}`, `X-Country: ${country}`];
      const { status } = await sendRaw(nginx, get('/public/a.txt', headers));
      if (status === 200) accepted++;
    }),
    { numRuns: 1000, seed: 20261121 },
  );
  expect(accepted).toBeGreaterThan(900);
  const records = await nginx.waitForRecords(before + accepted);
  expect(records.length).toBe(before + accepted);
  const text = await readFile(path.join(nginx.places.log, 'downloads.log'), 'latin1');
  expect(text).toMatch(/^[\x20-\x7e\n]*$/);
});

test("a visitor is one for address and agent, the same for an IPv6 network's addresses", async () => {
  const visitor = async (address: string, agent: string) => {
    const before = (await nginx.records()).length;
    await ask(nginx, '/public/a.txt', { headers: { 'X-Forwarded-For': address, 'User-Agent': agent } });
    return (await nginx.waitForRecords(before + 1)).at(-1)?.visitor;
  };
  const one = await visitor('203.0.113.9', 'a');
  expect(await visitor('203.0.113.9', 'a')).toBe(one);
  expect(await visitor('203.0.113.9', 'b')).not.toBe(one);
  expect(await visitor('203.0.113.10', 'a')).not.toBe(one);
  expect(await visitor('2001:db8:1:2:3::1', 'a')).toBe(await visitor('2001:db8:1:2:ffff::9', 'a'));
  expect(await visitor('2001:db8:1:2::1', 'a')).not.toBe(await visitor('2001:db8:1:3::1', 'a'));
  expect(await visitor('203.0.113.9', 'with: a colon')).not.toBe(
    await visitor('203.0.113.10', 'with: a colon'),
  );
  // The same from a gated location.
  const before = (await nginx.records()).length;
  await ask(nginx, link('/files/a.txt'), {
    headers: { 'X-Forwarded-For': '203.0.113.9', 'User-Agent': 'a' },
  });
  expect((await nginx.waitForRecords(before + 1)).at(-1)?.visitor).toBe(one);
});
