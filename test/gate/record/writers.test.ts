// Who writes the record: each row of the table in nginx/VARIABLES.md, once with njs and once with njs failing.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signLink } from '../../../app/link/sign.ts';
import { forge } from '../../../app/nginx/forge.ts';
import { freePort } from '../../../app/process/ports.ts';
import type { Nginx } from '../../harness/nginx.ts';
import { rowsOf } from '../../nginx/markdown.ts';
import { replaceHandlers } from '../handlers.ts';
import { exchange } from '../origins/exchange.ts';
import { type Origin, startOrigin } from '../origins/origin.ts';
import { get, sendRaw } from '../raw.ts';
import { ask, inSeconds, key, link, startSite } from '../site.ts';
import { oneRecord, recordedBy } from './recorded.ts';

const longName = 'x'.repeat(200);
const longPath = `${longName}/${longName}/${longName}.bin`;

let nginx: Nginx;
let origin: Origin;
let named: number;
beforeAll(async () => {
  named = await freePort();
  origin = await startOrigin((_, response) => {
    response.write('so much');
    response.end();
  });
  nginx = await startSite({
    http: `map $http_x_country $tallygate_country { default $http_x_country; }
      types { text/html html; }
      server {
        listen 127.0.0.1:${named};
        server_name files.example.org;
        location / { include tallygate/count.conf; root www; }
      }`,
    files: {
      'files/größe.bin': 'x',
      [`files/${longPath}`]: 'x',
      'files/page.html': 'x',
      'files/folder/latest.iso': 'x',
      'files/website/index.html': 'x',
      'files/big.bin': new Uint8Array(20_000_000),
    },
    server: `
      index index.html latest.iso;
      location ^~ /slow/ { include tallygate/count.conf; alias www/files/; limit_rate 1m; }
      location ^~ /open/ { include tallygate/count.conf; proxy_pass ${origin.url}; proxy_http_version 1.1; }`,
  });
  // Its lines are marked, and a request may have it fail.
  await replaceHandlers(
    nginx,
    `rare: {
      denied: function (r) { return ours.rare.denied(r); },
      record: function (r) {
        if (r.variables.http_x_torn) throw new Error('torn on purpose');
        return ours.rare.record(r).replace('"v":1', '"v":1,"by":"njs"');
      },
    }`,
  );
  await nginx.reload();
});
afterAll(async () => {
  await nginx.stop();
  await origin.stop();
});

/** How a request of the table is made, with further header lines. */
type Make = (headers: string[]) => Promise<{ status: number }>;

const fetching =
  (target: string, ...more: string[]): Make =>
  (headers) =>
    sendRaw(nginx, get(target, [...headers, ...more]));

const fromHost =
  (host: string): Make =>
  (headers) =>
    sendRaw(nginx, get('/public/a.txt', headers).replace('dl.example.org', host));

const withMethod =
  (method: string, target: string): Make =>
  (headers) =>
    sendRaw(nginx, get(target, headers).replace('GET', method));

/** By a client that keeps its end open; it leaves when it has read `enough` bytes. */
const exchanging =
  (target: string, enough?: number): Make =>
  async (headers) => {
    const { head } = await exchange(nginx.port, get(target, headers), enough);
    return { status: Number(head.split(' ')[1]) };
  };

const requests: Record<string, [make: Make, status: number]> = {
  'GET, 200, sent whole, all text short printable ASCII': [fetching('/public/a.txt'), 200],
  'the same, behind the gate': [fetching(link('/files/a.txt', { token: 'tok' })), 200],
  'the same, 206': [fetching('/public/a.txt', 'Range: bytes=1-2'), 206],
  'the same, to a server with a name': [
    (headers) => sendRaw({ ...nginx, port: named }, get('/files/a.txt', headers)),
    200,
  ],
  'a quote and a backslash in the user agent': [fetching('/public/a.txt', 'User-Agent: a"b\\c'), 200],
  'the path is not ASCII': [fetching('/public/gr%C3%B6%C3%9Fe.bin'), 200],
  'the path is longer than 512 bytes': [fetching(`/public/${longPath}`), 200],
  'the user agent is not ASCII': [fetching('/public/a.txt', 'User-Agent: caf\xe9'), 200],
  'the user agent is longer than 512 bytes': [
    fetching('/public/a.txt', `User-Agent: ${'x'.repeat(513)}`),
    200,
  ],
  'the country is not ASCII': [fetching('/public/a.txt', 'X-Country: \x07'), 200],
  'entity tag and country are longer than 64 bytes': [
    fetching('/public/a.txt', `X-Country: ${'x'.repeat(64)}`),
    200,
  ],
  "the key's id is in capitals": [
    fetching(signLink({ ...key, id: 'A1' }, { path: '/files/a.txt', expires: inSeconds(3600) }, '')),
    200,
  ],
  'the host has one letter': [fromHost('a'), 200],
  'the host is 0': [fromHost('0'), 200],
  'the client leaves before all is sent': [exchanging('/slow/big.bin', 500_000), 200],
  'the client waits for 100 Continue': [fetching('/public/a.txt', 'Expect: 100-continue'), 100],
  'the origin does not say how long its answer is': [exchanging('/open/a.bin'), 200],
  'the query has start= or end=': [fetching('/public/a.txt?end=5'), 200],
  'the address ends in .html': [fetching('/public/page.html'), 200],
  'the address ends in /, the answer is a file': [fetching(link('/files/folder/')), 200],
  'the address ends in /, the answer is a page': [fetching('/public/website/'), 200],
  HEAD: [withMethod('HEAD', '/public/a.txt'), 200],
  '304': [
    async (headers) => {
      const { headers: answered } = await ask(nginx, '/public/a.txt', { method: 'HEAD' });
      return fetching('/public/a.txt', `If-None-Match: ${answered.etag}`)(headers);
    },
    304,
  ],
  '404': [fetching('/public/nothing.bin'), 404],
  '416': [fetching('/public/a.txt', 'Range: bytes=999-'), 416],
  '403, a forged link': [fetching(forge(link('/files/a.txt'))), 403],
  '410, a link that has ended': [fetching(link('/files/a.txt', { expires: inSeconds(-60) })), 410],
  '405, POST with a good link': [withMethod('POST', link('/files/a.txt')), 405],
};

const table = rowsOf('request').map(([request = '', works = '', fails = '']) => ({ request, works, fails }));

test('every request of the table is made, and no other', () => {
  expect(Object.keys(requests).sort()).toEqual(table.map(({ request }) => request).sort());
});

describe.each([
  ['njs works', 'works', []],
  ['njs fails', 'fails', ['X-Torn: yes']],
] as const)('%s', (_, column, headers) => {
  test.each(table)('$request', async ({ request, [column]: writer }) => {
    const [make, status] = requests[request] ?? expect.fail('nobody makes it');
    const act = () => make([...headers]);
    if (writer === 'nobody') {
      const [answer, records] = await recordedBy(nginx, act);
      expect(answer.status).toBe(status);
      expect(records).toEqual([]);
      return;
    }
    const [answer, record] = await oneRecord(nginx, act);
    expect(answer.status).toBe(status);
    expect(record.by === 'njs' ? 'njs' : 'NGINX').toBe(writer);
    if (request === 'the host is 0') expect(record.host).toBe('0.');
  });
});
