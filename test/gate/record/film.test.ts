// Films that NGINX's mp4 and flv modules cut: refused behind the gate, and without one a part of the whole film.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Nginx } from '../../harness/nginx.ts';
import { bucket, type Origin, startOrigin } from '../origins/origin.ts';
import { ask, hello, legacyLink, link, startSite } from '../site.ts';
import { film } from './film.ts';
import { oneRecord, recordedBy } from './recorded.ts';

const whole = film(100, 1000);
const flash = Buffer.concat([Buffer.from('FLV'), Buffer.alloc(50_000)]);

let nginx: Nginx;
let origin: Origin;
beforeAll(async () => {
  origin = await startOrigin(bucket({ '/films/a.mp4': { body: whole, etag: '"whole"' } }));
  const modules = 'location ~ \\.mp4$ { mp4; } location ~ \\.flv$ { flv; }';
  nginx = await startSite({
    files: {
      'films/a.mp4': whole,
      'films/b.flv': flash,
      'gated/a.mp4': whole,
      'gated/b.flv': flash,
      'tagless/a.mp4': whole,
    },
    server: `
      location ^~ /films/ { include tallygate/count.conf; ${modules} }
      location ^~ /tagless/ { include tallygate/count.conf; etag off; mp4; }
      location ^~ /far/ { include tallygate/count.conf; proxy_pass ${origin.url}/films/; }
      location ^~ /gated/ { include tallygate/protect.conf; ${modules} }
      location ^~ /flat/ { include tallygate/protect.conf; alias www/films/; mp4; }`,
  });
});
afterAll(async () => {
  await nginx.stop();
  await origin.stop();
});

const fetched = (target: string, headers: Record<string, string> = {}) =>
  oneRecord(nginx, () => ask(nginx, target, { headers }));

test('a film as it is: like every file', async () => {
  const [answer, record] = await fetched('/films/a.mp4');
  expect(answer.body).toHaveLength(whole.length);
  expect(record).toMatchObject({
    etag: answer.headers.etag,
    from: 0,
    sent: whole.length,
    size: whole.length,
  });
});

describe.each([
  ['/films/a.mp4', '?start=50', 40_000, 60_000],
  ['/films/a.mp4', '?start=50.5&token=x', 40_000, 60_000],
  ['/films/a.mp4', '?x=1&START=90', 5_000, 15_000],
  ['/films/a.mp4', '?end=10', 5_000, 15_000],
  ['/films/a.mp4', '?start=20&end=30', 5_000, 15_000],
  ['/films/b.flv', '?start=40000', 10_000, 10_100],
])('%s%s', (path, query, least, most) => {
  test('a part of the film, from nowhere in it', async () => {
    const [, first] = await fetched(path);
    for (const agent of ['test', 'größer']) {
      const [answer, record] = await fetched(path + query, { 'User-Agent': agent });
      expect(answer.status).toBe(200);
      expect(answer.body.length).toBeGreaterThan(least);
      expect(answer.body.length).toBeLessThan(most);
      expect(record).toMatchObject({
        path,
        from: -1,
        sent: answer.body.length,
        etag: first.etag,
        size: first.size,
      });
      if (agent === 'test') expect(record.visitor).toBe(first.visitor);
    }
  });

  test('a range of the part, too', async () => {
    const [, first] = await fetched(path);
    const [answer, record] = await fetched(path + query, { Range: 'bytes=100-199' });
    expect(answer.status).toBe(206);
    expect(record).toMatchObject({ from: -1, sent: 100, etag: first.etag, size: first.size });
  });
});

test('without entity tags there is none', async () => {
  expect((await fetched('/tagless/a.mp4?start=50'))[1]).toMatchObject({
    from: -1,
    etag: '',
    size: whole.length,
  });
});

test('an argument that cuts nothing changes nothing', async () => {
  for (const target of [
    '/public/a.txt?start=5',
    '/public/a.txt?end=5',
    '/films/a.mp4?start=',
    '/films/b.flv?end=5',
  ])
    expect((await fetched(target))[1].from).toBe(0);
  expect((await fetched('/public/a.txt?start=5'))[1]).toMatchObject({
    sent: hello.length,
    size: hello.length,
  });
  expect((await fetched('/far/a.mp4?start=5'))[1]).toMatchObject({ etag: '"whole"', size: whole.length });
});

describe.each(['/gated/a.mp4', '/gated/b.flv', '/flat/a.mp4'])('behind the gate: %s', (path) => {
  test.each(['start=50', 'end=50', 'Start=50', 'start=', 'x=1&end=50'])('%s is refused', async (query) => {
    const target = link(path, { token: 'tok' });
    for (const cut of [`${target}&${query}`, target.replace('?', `?${query}&`)]) {
      const [{ status }, records] = await recordedBy(nginx, () => ask(nginx, cut));
      expect([401, 403]).toContain(status);
      expect(records).toEqual([]);
    }
  });
  test('the whole film is not', async () => {
    const [answer, record] = await fetched(link(path, { token: 'tok' }));
    expect(record).toMatchObject({
      token: 'tok',
      from: 0,
      sent: answer.body.length,
      size: answer.body.length,
    });
  });
  test("a site's older link cuts nothing", async () => {
    const [answer, record] = await fetched(`${legacyLink(path)}&start=50`);
    expect(answer.body.length).toBe(path.endsWith('mp4') ? whole.length : flash.length);
    expect(record).toMatchObject({ key: 'old', from: 0, sent: answer.body.length, size: answer.body.length });
  });
});
