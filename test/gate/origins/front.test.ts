// Another NGINX in front: who the visitor is, whom a link is bound to, and what then is "sent".

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Nginx, startNginx } from '../../harness/nginx.ts';
import { get } from '../raw.ts';
import { oneRecord, type Recorded, recordedBy } from '../record/recorded.ts';
import { hello, inSeconds, link, startSite } from '../site.ts';
import { askFrom, startReader } from './client.ts';
import { type Origin, startOrigin } from './origin.ts';

const size = 20_000_000;
const stalled = 300_000;

let inner: Nginx;
let front: Nginx;
let origin: Origin;
beforeAll(async () => {
  // Sends a beginning, and then nothing.
  origin = await startOrigin((_, response) => {
    response.writeHead(200, { 'Content-Length': size, ETag: '"v"' }).write(Buffer.alloc(stalled));
  });
  inner = await startSite({
    http: 'set_real_ip_from 127.0.0.1; real_ip_header X-Forwarded-For; real_ip_recursive on;',
    files: { 'files/big.bin': new Uint8Array(size), 'files/one.bin': 'x' },
    server: `
      location ^~ /late/ {
        include tallygate/protect.conf; alias www/files/;
        set_real_ip_from 127.0.0.3; real_ip_header X-Forwarded-For;
      }
      location ^~ /stall/ { include tallygate/protect.conf; proxy_pass ${origin.url}; proxy_buffering off; }`,
  });
  const to = (prefix: string, ...lines: string[]) =>
    `location ^~ ${prefix}/ {
       ${lines.join(' ')}
       rewrite ^${prefix}(/.*)$ $1 break; proxy_pass ${inner.url};
       proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; add_header X-Cache $upstream_cache_status;
     }`;
  // A cache that is told to do as it likes.
  const ignoring = 'proxy_ignore_headers Cache-Control;';
  front = await startNginx({
    tallygate: false,
    http: 'proxy_cache_path cache keys_zone=files:1m;',
    server: `
      proxy_http_version 1.1;
      ${to('/buffered')}
      ${to('/unbuffered', 'proxy_buffering off;')}
      ${to('/careful', 'proxy_cache files; proxy_cache_valid 200 1h;')}
      ${to('/cached', ignoring, 'proxy_cache files; proxy_cache_valid 200 1h;')}
      ${to('/by-path', ignoring, 'proxy_cache files; proxy_cache_valid 200 1h; proxy_cache_key $uri;')}
      ${to('/slices', ignoring, 'proxy_cache files; proxy_cache_valid 206 1h; slice 4m; proxy_set_header Range $slice_range; proxy_cache_key $uri$is_args$args$slice_range;')}`,
  });
});
afterAll(async () => {
  await front.stop();
  await inner.stop();
  await origin.stop();
});

const recordOf = (port: number, target: string, from: string, headers = {}) =>
  oneRecord(inner, () => askFrom(port, target, { from, headers }));

describe('who asks', () => {
  const target = link('/files/a.txt', { token: 'tok' });

  test('a visitor is the client, not the proxy', async () => {
    const [, near] = await recordOf(inner.port, target, '127.0.0.2');
    const [answer, far] = await recordOf(front.port, `/buffered${target}`, '127.0.0.2');
    const [, other] = await recordOf(front.port, `/buffered${target}`, '127.0.0.3');
    expect(answer.body.toString()).toBe(hello);
    expect(far).toMatchObject({ path: '/files/a.txt', token: 'tok', visitor: near.visitor });
    expect(other.visitor).not.toBe(near.visitor);
  });

  test('a link bound to an address is bound to the client’s', async () => {
    const bound = link('/files/a.txt', { address: '127.0.0.2' });
    const statusFrom = async (port: number, to: string, from: string, headers = {}) =>
      (await askFrom(port, to, { from, headers })).status;
    expect(await statusFrom(front.port, `/buffered${bound}`, '127.0.0.2')).toBe(200);
    expect(await statusFrom(front.port, `/buffered${bound}`, '127.0.0.3')).toBe(403);
    // Who writes the header himself is not believed, neither by the proxy nor beside it.
    const claims = { 'X-Forwarded-For': '127.0.0.2' };
    expect(await statusFrom(front.port, `/buffered${bound}`, '127.0.0.3', claims)).toBe(403);
    expect(await statusFrom(inner.port, bound, '127.0.0.3', claims)).toBe(403);
  });

  test('in a location NGINX is told too late', async () => {
    const bound = link('/late/a.txt', { address: '127.0.0.2' });
    const headers = { 'X-Forwarded-For': '127.0.0.2' };
    expect((await askFrom(inner.port, bound, { from: '127.0.0.3', headers })).status).toBe(403);
    expect((await askFrom(inner.port, bound, { headers })).status).toBe(200);
  });

  test('a blocked visitor is blocked behind the proxy, and others are not', async () => {
    const headers = { 'User-Agent': 'nuisance' };
    const [, { visitor }] = await recordOf(front.port, `/buffered${target}`, '127.0.0.2', headers);
    await writeFile(path.join(inner.places.state, 'deny/v', String(visitor)), '');
    const statusFrom = async (from: string) =>
      (await askFrom(front.port, `/buffered${target}`, { from, headers })).status;
    expect(await statusFrom('127.0.0.2')).toBe(410);
    expect(await statusFrom('127.0.0.3')).toBe(200);
  });
});

describe('sent is what the proxy was sent', () => {
  test('buffering: the whole file, while the client has read nothing', async () => {
    const [reader, record] = await oneRecord(inner, async () => {
      const started = await startReader(front.port, get(`/buffered${link('/files/big.bin')}`));
      await inner.waitForRecords((await inner.records()).length + 1);
      return started;
    });
    expect(record).toMatchObject({ status: 200, sent: size, size });
    await reader.leave();
  });

  test('not buffering: what the client was sent, to the byte', async () => {
    const [, record] = await oneRecord(inner, async () => {
      const reader = await startReader(front.port, get(`/unbuffered${link('/stall/f')}`));
      await reader.read(stalled);
      await reader.leave();
    });
    expect(record.size).toBe(size);
    // The head of the answer is among what the client read.
    expect(Number(record.sent)).toBeGreaterThan(stalled - 1000);
    expect(Number(record.sent)).toBeLessThanOrEqual(stalled);
  });

  test('caching: the whole file, though the client has left', async () => {
    const [, record] = await oneRecord(inner, async () => {
      const reader = await startReader(front.port, get(`/cached${link('/files/big.bin')}`));
      await reader.read(1);
      await reader.leave();
    });
    expect(record).toMatchObject({ status: 200, sent: size, size });
  });

  test('in slices: a record for each, of one visitor and one version, that join up', async () => {
    const target = link('/files/big.bin', { token: 'tok' });
    const [answer, records] = await recordedBy(inner, () => askFrom(front.port, `/slices${target}`));
    expect(answer.body).toHaveLength(size);
    expect(records).toHaveLength(Math.ceil(size / (4 * 1024 * 1024)));
    for (const name of ['visitor', 'etag', 'size', 'token', 'path'])
      expect(new Set(records.map((record) => record[name])).size).toBe(1);
    expect(records.map(endOf)).toEqual([...records.slice(1).map(({ from }) => from), size]);
    // Ten bytes are fetched as a whole slice.
    const other = link('/files/big.bin', { token: 'other' });
    const ten = { headers: { Range: 'bytes=0-9' } };
    const [few, slice] = await oneRecord(inner, () => askFrom(front.port, `/slices${other}`, ten));
    expect(few.body).toHaveLength(10);
    expect(slice).toMatchObject({ status: 206, from: 0, sent: 4 * 1024 * 1024, size });
  });

  const endOf = ({ from, sent }: Recorded) => Number(from) + Number(sent);
});

describe("what comes out of the proxy's cache", () => {
  test('is not seen here: no record, no expiry, no revocation', async () => {
    const target = link('/files/a.txt', { token: 'spent' });
    const ask = () => askFrom(front.port, `/cached${target}`);
    const [first] = await oneRecord(inner, ask);
    await writeFile(path.join(inner.places.state, 'deny/t/spent'), '');
    const [second, records] = await recordedBy(inner, ask);
    expect([first.cache, second.cache, second.status, records]).toEqual(['MISS', 'HIT', 200, []]);
    // Another link of the same token is asked for here.
    const another = link('/files/a.txt', { token: 'spent', expires: inSeconds(60) });
    expect((await askFrom(front.port, `/cached${another}`)).status).toBe(410);
  });

  test('is nothing where it does as the gate says', async () => {
    const target = link('/files/a.txt');
    for (let i = 0; i < 2; i++) {
      const [answer] = await oneRecord(inner, () => askFrom(front.port, `/careful${target}`));
      expect(answer).toMatchObject({ status: 200, cache: 'MISS' });
    }
  });

  test('by path alone, it is for everybody: no link is asked for', async () => {
    await oneRecord(inner, () =>
      askFrom(front.port, `/by-path${link('/files/one.bin', { expires: inSeconds(60) })}`),
    );
    const [answer, records] = await recordedBy(inner, () => askFrom(front.port, '/by-path/files/one.bin'));
    expect([answer.status, answer.cache, records]).toEqual([200, 'HIT', []]);
  });
});
