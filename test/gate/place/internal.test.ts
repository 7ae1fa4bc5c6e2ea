// Nothing internal is reached by an address that a client wrote, with a good link or without: locations for
// X-Accel-Redirect, Tallygate's own (mint, authorize, pages).

import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../../app/process/ports.ts';
import type { Nginx } from '../../harness/nginx.ts';
import { ask, hello, inPath, inSeconds, link, startSite } from '../site.ts';

const secret = 'order 77, paid\n';

let nginx: Nginx;
let application: Server;
beforeAll(async () => {
  const port = await freePort();
  // An application that hands out what the site keeps to itself, after a look at who asks.
  application = createServer((request, response) => {
    response.setHeader('X-Accel-Redirect', request.headers['x-to'] ?? '/');
    response.end();
  });
  await new Promise<void>((resolve) => application.listen(port, '127.0.0.1', resolve));
  nginx = await startSite({
    files: {
      'protected/order-77.pdf': secret,
      'hls/a.m3u8': hello,
      'hls/keys/k1': secret,
      'hls/inner/b.ts': hello,
      'open/c.txt': hello,
      'sso/d.txt': secret,
    },
    server: `
      location /protected/ { internal; }
      location ^~ /hls/ { include tallygate/protect.conf; location ^~ /hls/inner/ { } }
      location ^~ /hls/keys/ { internal; }
      location ^~ /open/ { include tallygate/count.conf; }
      location ^~ /sso/ { auth_basic Members; auth_basic_user_file /dev/null; }
      location /app/ { proxy_pass http://127.0.0.1:${port}; }
      include tallygate/mint-upstream.conf;
      include tallygate/segments.conf;`,
  });
});
afterAll(async () => {
  application.close();
  await nginx.stop();
});

const forged = (path: string) => `/s/${'A'.repeat(22)}/1/a/-${path}`;
const everything = [
  '/protected/order-77.pdf',
  '/hls/keys/k1',
  '/tallygate/mint/files/a.txt?ttl=999999999&p=1&f=999999999',
  '/tallygate/internal/authorize',
  '/tallygate/pages/403.html',
];

test('the application is let in, so there is something to protect', async () => {
  const answer = await ask(nginx, '/app/', { headers: { 'X-To': '/protected/order-77.pdf' } });
  expect(answer).toMatchObject({ status: 200, body: secret });
});

describe.each(everything)('%s', (path) => {
  test('as it stands', async () => {
    expect((await ask(nginx, path)).status).toBe(404);
  });
  test('behind a link in the path that nobody signed', async () => {
    expect((await ask(nginx, forged(path))).status).toBe(403);
  });
  test('behind one that was signed for it', async () => {
    const [address = '', query] = path.split('?');
    const target = inPath(link(address)) + (query ? `?${query}` : '');
    const answer = await ask(nginx, target);
    expect([401, 403, 404]).toContain(answer.status);
    expect(answer.body).not.toContain(secret);
    expect(answer.headers.location).toBeUndefined();
  });
});

test('a folder link in the path opens its folder, and in it nothing internal', async () => {
  const folder = (path: string) => inPath(link('/hls/a.m3u8', { prefix: 1 })).replace('/hls/a.m3u8', path);
  expect(await ask(nginx, folder('/hls/a.m3u8'))).toMatchObject({ status: 200, body: hello });
  expect(await ask(nginx, folder('/hls/inner/b.ts'))).toMatchObject({ status: 200, body: hello });
  expect((await ask(nginx, folder('/hls/keys/k1'))).status).toBe(401);
  expect((await ask(nginx, folder('/hls/%6beys/k1'))).status).toBe(401);
  expect((await ask(nginx, folder('/hls/../protected/order-77.pdf'))).status).toBe(403);
});

test('a link in the path comes in nowhere but where a link is asked for', async () => {
  expect((await ask(nginx, '/open/c.txt')).status).toBe(200);
  expect((await ask(nginx, inPath(link('/open/c.txt')))).status).toBe(401);
  expect((await ask(nginx, inPath(link('/sso/d.txt')))).status).toBe(401);
});

test('its refusals have their pages', async () => {
  const refused = await ask(nginx, forged('/hls/a.m3u8'));
  expect(refused).toMatchObject({ status: 403, body: expect.stringContaining('This link does not work') });
  const late = await ask(nginx, inPath(link('/hls/a.m3u8', { expires: inSeconds(-5) })));
  expect(late).toMatchObject({ status: 410, body: expect.stringContaining('This link has ended') });
});

test('a gate that is reached by a fallback sends nobody on to what is internal', async () => {
  const site = await startSite({
    files: { 'store/x.bin': secret },
    server: `
      location /store/ { internal; error_page 404 = @gate; }
      location @gate { include tallygate/protect.conf; }`,
  });
  const answer = await ask(site, '/store/x.bin');
  expect(answer.status).toBe(403);
  expect(answer.body).not.toContain(secret);
  await site.stop();
});
