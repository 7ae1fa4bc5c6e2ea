// The other includes: mint.conf signs, protect-strict.conf asks, privacy.address keeps addresses apart; and NGINX takes
// every one of them without a warning.

import { readdir, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { forge } from '../../app/nginx/forge.ts';
import { testNginx } from '../../app/nginx/start.ts';
import { freePort } from '../../app/process/ports.ts';
import { dayOf, formatSaltFile, newSalts } from '../../app/salts/file.ts';
import { projectRoot } from '../harness/folders.ts';
import type { Nginx } from '../harness/nginx.ts';
import { ask, hello, inSeconds, key, legacyLink, link, startSite } from './site.ts';

describe('mint.conf', () => {
  let nginx: Nginx;
  beforeAll(async () => {
    nginx = await startSite({
      http: 'set_real_ip_from 127.0.0.1; real_ip_header X-Forwarded-For;',
      files: { 'files/Größe b.txt': hello },
      server: `
        location ~ ^/members/(?<wanted>.+)$ { set $tallygate_mint_path /files/$wanted; include tallygate/mint.conf; }
        location ~ ^/all/(?<wanted>.+)$ {
          set $tallygate_mint_path /files/$wanted;
          set $tallygate_mint_ttl 60;
          set $tallygate_mint_more "p=1&i=1&t=tok&r=1000000&f=7200";
          include tallygate/mint.conf;
        }
        location /unset/ { include tallygate/mint.conf; }
        location /app/ {
          set $to $arg_to;
          proxy_pass http://127.0.0.1:${await startApplication()};
        }
        include tallygate/mint-upstream.conf;`,
    });
  });
  let application: Server;
  afterAll(async () => {
    application.close();
    await nginx.stop();
  });

  /** An application that has NGINX sign whatever its X-To header says. */
  async function startApplication(): Promise<number> {
    const port = await freePort();
    application = createServer((request, response) => {
      response.setHeader('X-Accel-Redirect', request.headers['x-to'] ?? '/');
      response.end();
    });
    await new Promise<void>((resolve) => application.listen(port, '127.0.0.1', resolve));
    return port;
  }
  const follow = async (target: string, headers: Record<string, string> = {}) => {
    const answer = await ask(nginx, target, { headers });
    expect(answer.status).toBe(302);
    expect(answer.headers['cache-control']).toBe('private, no-store');
    const to = new URL(String(answer.headers.location));
    return { to, answer: await ask(nginx, to.pathname + to.search, { headers }) };
  };

  test('sends on to a link that is good', async () => {
    const earliest = inSeconds(600);
    const { to, answer } = await follow('/members/Gr%C3%B6%C3%9Fe%20b.txt');
    expect(answer).toMatchObject({ status: 200, body: hello });
    expect(Number(to.searchParams.get('e'))).toBeGreaterThanOrEqual(earliest);
    expect(Number(to.searchParams.get('e'))).toBeLessThanOrEqual(inSeconds(600));
    expect([...to.searchParams.keys()]).toEqual(['e', 'k', 's']);
  });
  test('with everything that a link can carry', async () => {
    const headers = { 'X-Forwarded-For': '203.0.113.9' };
    const { to, answer } = await follow('/all/a.txt', headers);
    expect([...to.searchParams.keys()]).toEqual(['e', 'f', 'k', 't', 'p', 'i', 'r', 's']);
    expect(answer.status).toBe(200);
    expect((await ask(nginx, to.pathname + to.search)).status).toBe(403);
  });
  test('for an application behind, and for it alone', async () => {
    const to = { 'X-To': '/tallygate/mint/files/Gr%C3%B6%C3%9Fe%20b.txt?ttl=60&t=tok&n=a%20%22b%22.txt' };
    const { answer } = await follow('/app/', to);
    expect(answer).toMatchObject({ status: 200, body: hello });
    expect(answer.headers['content-disposition']).toContain("filename*=UTF-8''a%20%22b%22.txt");
    expect((await ask(nginx, '/tallygate/mint/files/a.txt?ttl=60')).status).toBe(404);
  });
  test.each([
    ['ttl=0', 'the ttl must be seconds'],
    ['ttl=x', 'the ttl must be seconds'],
    ['ttl=60&t=a%20b', 't is no token id'],
    ['ttl=60&f=1', 'f must be seconds, no fewer than the ttl'],
    ['ttl=60&b=x', 'b must be seconds'],
    ['ttl=60&r=0', 'r must be bytes per second'],
    ['ttl=60&i=2', 'i must be 1'],
    ['ttl=60&p=9', 'p must be the number of segments of a folder above the path'],
    ['ttl=60&n=%ff', 'n is not percent-encoded UTF-8'],
    ['ttl=60&n=%0d%0aX:1', 'n is no file name'],
  ])('what cannot be signed is refused: %s', async (query, says) => {
    const before = (await nginx.errorLog()).length;
    const answer = await ask(nginx, '/app/', { headers: { 'X-To': `/tallygate/mint/files/a.txt?${query}` } });
    expect(answer.status).toBe(500);
    expect((await nginx.errorLog()).slice(before)).toContain(`cannot sign: ${says}`);
  });
  test('without a path: refused, with the reason in the log', async () => {
    expect((await ask(nginx, '/unset/x')).status).toBe(500);
    expect(await nginx.errorLog()).toContain('cannot sign: $tallygate_mint_path must be a path');
    expect(await nginx.errorLog()).not.toContain(key.secret);
  });
});

describe('protect-strict.conf', () => {
  let service: Server | undefined;
  const asked: (string | undefined)[] = [];
  let answer = 204;
  let port = 0;
  beforeAll(async () => {
    port = await freePort();
    service = createServer((request, response) => {
      asked.push(
        `${request.url} ${request.headers['x-tallygate-token']} ${request.headers['x-tallygate-path']}`,
      );
      response.writeHead(answer).end();
    });
    await new Promise<void>((resolve) => service?.listen(port, '127.0.0.1', resolve));
  });
  afterAll(() => service?.close());
  const start = (http = '') =>
    startSite({
      http,
      service: `127.0.0.1:${port}`,
      files: { 'strict/a.txt': hello },
      server: 'location /strict/ { include tallygate/protect-strict.conf; }',
    });

  test('the service decides, after the signature', async () => {
    const nginx = await start();
    const target = link('/strict/a.txt', { token: 'tok' });
    expect((await ask(nginx, target)).status).toBe(200);
    expect(asked).toEqual(['/tallygate/internal/authorize tok /strict/a.txt']);
    answer = 410;
    const ended = await ask(nginx, target);
    expect(ended.status).toBe(410);
    expect(ended.body).toContain('This link has ended');
    answer = 403;
    expect((await ask(nginx, target)).status).toBe(403);
    expect(asked.length).toBe(3);
    expect((await ask(nginx, forge(target))).status).toBe(403);
    expect((await ask(nginx, link('/strict/a.txt'))).status).toBe(200);
    expect(asked.length).toBe(3);
    answer = 500;
    expect((await ask(nginx, target)).status).toBe(503);
    answer = 204;
    await nginx.stop();
  });
  test('the service down: closed, unless the operator says open', async () => {
    await new Promise((resolve) => service?.close(resolve));
    service = undefined;
    const target = link('/strict/a.txt', { token: 'tok' });
    const closed = await start();
    const refused = await ask(closed, target);
    expect(refused.status).toBe(503);
    expect(refused.body).toContain('Not available just now');
    await closed.stop();
    const open = await start('map "" $tallygate_strict_open { default 1; }');
    expect((await ask(open, target)).status).toBe(200);
    expect((await ask(open, forge(target))).status).toBe(403);
    await open.stop();
  });
});

test('protect-native.conf with no njs at all: each request is a visitor of its own', async () => {
  const nginx = await startSite({
    server: `
      location /old/  { include tallygate/protect-native.conf; alias www/files/; }
      location /bare/ { include tallygate/protect-native.conf; set $tallygate_visitor_hash ""; alias www/files/; }`,
  });
  for (const folder of ['old', 'old', 'bare', 'bare']) {
    const { status, headers } = await ask(nginx, legacyLink(`/${folder}/a.txt`));
    expect([status, headers['cache-control']]).toEqual([200, 'private, no-cache']);
  }
  const [first, second, third, fourth] = (await nginx.waitForRecords(4)).map(({ visitor }) => visitor);
  expect(second).toBe(first);
  expect(third).toMatch(/^[0-9a-f]{10}A$/);
  expect(fourth).not.toBe(third);
  await nginx.stop();
});

describe('privacy.address', () => {
  test.each([
    ['none', undefined],
    ['prefix', '2001:db8:85a3::/48'],
    ['full', '2001:db8:85a3:1234::9'],
  ] as const)('%s', async (mode, kept) => {
    const salts = formatSaltFile(newSalts(dayOf(new Date()), 2), mode);
    const nginx = await startSite({
      etc: { 'salts.conf': salts },
      http: 'set_real_ip_from 127.0.0.1; real_ip_header X-Forwarded-For;',
    });
    const headers = { 'X-Forwarded-For': '2001:db8:85a3:1234::9' };
    expect((await ask(nginx, link('/files/a.txt'), { headers })).status).toBe(200);
    expect((await ask(nginx, '/files/a.txt', { headers })).status).toBe(403);
    // Not when the record is there: the line of the address is written behind it.
    const [record, ...more] = await nginx.records();
    expect(more).toEqual([]);
    expect(JSON.stringify(record)).not.toContain('85a3');
    const lines = (await readFile(path.join(nginx.places.log, 'addresses.log'), 'utf8'))
      .split('\n')
      .filter(Boolean);
    expect(lines.map((line) => JSON.parse(line).address)).toEqual(kept ? [kept] : []);
    if (kept) expect(JSON.parse(lines[0] ?? '').id).toBe(record?.id);
    await nginx.stop();
  });
});

test('NGINX takes every include, and has nothing to warn of', async () => {
  const nginx = await startSite({
    server: `
      location /b/ { include tallygate/protect-strict.conf; }
      location /c/ { include tallygate/protect-native.conf; }
      location /d/ { include tallygate/mint.conf; }
      location /e/ { include tallygate/protect.conf; include tallygate/cors.conf; include tallygate/missing.conf; }
      location /f/ { include tallygate/protect.conf; include tallygate/origin.conf; proxy_pass http://127.0.0.1:9; }
      include tallygate/mint-upstream.conf;
      include tallygate/segments.conf;`,
  });
  const printed = await testNginx(nginx.dir);
  expect(printed).toContain('test is successful');
  expect(printed).not.toMatch(/\[(warn|emerg|error)\]/);
  const used = [
    'example',
    'http',
    'protect',
    'count',
    'protect-strict',
    'protect-native',
    'mint',
    'mint-upstream',
    'segments',
    'service',
    'pages',
    'record',
    'limits',
    'refuse',
    'cors',
    'missing',
    'origin',
  ];
  const there = (await readdir(path.join(projectRoot, 'nginx'))).filter((name) => name.endsWith('.conf'));
  expect(there.sort()).toEqual(used.map((name) => `${name}.conf`).sort());
  for (const name of there)
    for (const word of ['# Context:', '# Overrides:', '# To set:'])
      if (name !== 'example.conf')
        expect(await readFile(path.join(projectRoot, 'nginx', name), 'utf8')).toContain(word);
  await nginx.stop();
});
