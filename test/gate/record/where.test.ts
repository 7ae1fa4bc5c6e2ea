// One record for each download, wherever NGINX ends up answering it: with token, key, path and visitor of the link.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Nginx } from '../../harness/nginx.ts';
import { bucket, type Origin, startOrigin } from '../origins/origin.ts';
import { ask, hello, link, startSite } from '../site.ts';
import { oneRecord } from './recorded.ts';

const far = Buffer.alloc(50_000, 'from the origin ');
const store = 'kept inside\n';

let nginx: Nginx;
let origin: Origin;
let application: Origin;
beforeAll(async () => {
  origin = await startOrigin(
    bucket({ '/try/far.bin': { body: far, etag: '"far"' }, '/fall/far.bin': { body: far, etag: 'W/"far"' } }),
  );
  // An application that looks at who asks, and has NGINX send what it keeps or what another origin has.
  application = await startOrigin((request, response) => {
    const name = (request.url ?? '').split('/').at(-1);
    const inside = name?.startsWith('far') ? 'remote' : name?.startsWith('counted') ? 'counted' : 'store';
    response.setHeader('X-Accel-Redirect', `/${inside}/${name}`);
    response.setHeader('Content-Type', 'application/x-thing');
    response.end('not this');
  });
  nginx = await startSite({
    files: {
      'try/near.bin': hello,
      'fall/near.bin': hello,
      'store/item.bin': store,
      'counted/counted.bin': store,
      'placeholder.png': 'PNG',
      'own/placeholder.png': 'PNG',
    },
    server: `
      location ^~ /try/ {
        include tallygate/protect.conf; include tallygate/origin.conf;
        try_files $uri @origin;
      }
      location ^~ /fall/ { include tallygate/protect.conf; error_page 404 = @origin; }
      location @origin {
        include tallygate/record.conf; include tallygate/origin.conf;
        proxy_pass ${origin.url};
      }
      location ^~ /app/   { include tallygate/protect.conf; include tallygate/origin.conf; proxy_pass ${application.url}; }
      location ^~ /open/  { include tallygate/count.conf; proxy_pass ${application.url}; }
      location ^~ /store/ { internal; include tallygate/record.conf; }
      location ^~ /counted/ { internal; include tallygate/count.conf; }
      location ^~ /remote/ {
        internal; include tallygate/record.conf;
        rewrite ^/remote/(.*)$ /try/$1 break; proxy_pass ${origin.url};
      }
      location ^~ /shown/ { include tallygate/protect.conf; error_page 404 =200 /placeholder.png; }
      location = /placeholder.png { include tallygate/record.conf; }
      location ^~ /own/   { include tallygate/protect.conf; error_page 404 =200 /own/placeholder.png; }
      location ^~ /tree/  {
        include tallygate/protect.conf; alias www/files/;
        location ~ \\.txt$ { alias www/files/a.txt; }
      }
      location ^~ /moved/ { include tallygate/protect.conf; rewrite ^/moved/(.*)$ /files/$1 break; }
      location ^~ /bucket/ {
        include tallygate/protect.conf; include tallygate/origin.conf;
        rewrite ^/bucket/(.*)$ /try/$1 break; proxy_pass ${origin.url};
      }`,
  });
});
afterAll(async () => {
  await nginx.stop();
  await origin.stop();
  await application.stop();
});

const places = [
  ['try_files finds it', '/try/near.bin', hello],
  ['try_files leads to an origin', '/try/far.bin', far.toString()],
  ['error_page does not have to', '/fall/near.bin', hello],
  ['error_page leads to an origin', '/fall/far.bin', far.toString()],
  ['X-Accel-Redirect to a file', '/app/item.bin', store],
  ['X-Accel-Redirect to a file that is counted without a gate, too', '/app/counted.bin', store],
  ['X-Accel-Redirect to another origin', '/app/far.bin', far.toString()],
  ['error_page shows something else, outside the gate', '/shown/nothing.bin', 'PNG'],
  ['error_page shows something else, inside', '/own/nothing.bin', 'PNG'],
  ['an inner location answers', '/tree/a.txt', hello],
  ['rewritten behind the gate', '/moved/a.txt', hello],
  ['rewritten for an origin', '/bucket/far.bin', far.toString()],
] as const;

describe.each(places)('%s', (_, path, body) => {
  const token = `t${path.replaceAll(/\W/g, '-')}`;
  const agent = { 'User-Agent': `agent of ${path}` };

  test('a good link: one record', async () => {
    const target = link(path, { token });
    const [answer, record] = await oneRecord(nginx, () => ask(nginx, target, { headers: agent }));
    expect(answer).toMatchObject({ status: 200, body });
    const size = body.length;
    const expected = { path, token, key: 'a1', status: 200, from: 0, sent: size, size };
    expect(record).toMatchObject({
      ...expected,
      agent: agent['User-Agent'],
      etag: answer.headers.etag ?? '',
    });
  });

  // What is shown instead of a file has the status it was given.
  if (body !== 'PNG')
    test('a range: one record', async () => {
      const headers = { Range: 'bytes=2-4' };
      const [answer, record] = await oneRecord(nginx, () => ask(nginx, link(path, { token }), { headers }));
      expect(answer).toMatchObject({ status: 206, body: body.slice(2, 5) });
      expect(record).toMatchObject({ path, token, status: 206, from: 2, sent: 3, size: body.length });
    });

  test('the visitor is the same as elsewhere', async () => {
    const [, record] = await oneRecord(nginx, () => ask(nginx, link(path), { headers: agent }));
    const [, other] = await oneRecord(nginx, () => ask(nginx, link('/files/a.txt'), { headers: agent }));
    expect(record.visitor).toBe(other.visitor);
  });

  test('no link: no file, no record', async () => {
    const before = (await nginx.records()).length;
    expect((await ask(nginx, path)).body).not.toContain(body);
    expect((await ask(nginx, link(path), { method: 'HEAD' })).status).toBe(200);
    expect(await nginx.records()).toHaveLength(before);
  });
});

test('without a gate, an application behind: the path is that of what was sent', async () => {
  const [answer, record] = await oneRecord(nginx, () => ask(nginx, '/open/item.bin?t=claimed&k=a1'));
  expect(answer).toMatchObject({ status: 200, body: store });
  expect(record).toMatchObject({ path: '/store/item.bin', token: '', key: '', sent: store.length });
});
