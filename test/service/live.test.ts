// What the live view's source tells to whom, on a real PostgreSQL.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../../app/process/until.ts';
import { revokeApiKey } from '../../app/service/keys/api-keys.ts';
import { type LiveDownload, liveFeed } from '../../app/service/live/feed.ts';
import { startService, type TestService } from './harness.ts';
import { addOrigin, addTransfer } from './transfers.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService();
  await addOrigin(service.database.sql);
});
afterAll(() => service.stop());

const download = (sent: number, path = '/a.iso') => addTransfer(service.database.sql, { path, sent });

it('tells whoever comes later the latest first and then what is new, and nobody anything twice', async () => {
  const feed = liveFeed(service.deps.sql, service.deps.log);
  const watch = () => {
    const told: number[] = [];
    const end = feed.subscribe((downloads: readonly LiveDownload[]) =>
      told.push(...downloads.map(({ bytes }) => bytes)),
    );
    return { told, end };
  };
  await download(1);
  await download(2);
  const first = watch();
  await until(() => first.told.length > 0, 'the latest');
  const second = watch();
  await until(() => second.told.length > 0, 'the latest, told to the second');
  expect([first.told, second.told]).toEqual([
    [1, 2],
    [1, 2],
  ]);
  await download(3);
  await until(() => first.told.length > 2 && second.told.length > 2, 'the news');
  expect([first.told, second.told]).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ]);
  first.end();
  second.end();
});

it('sends rows of the page as events, escaped, with the time of the newest as their id', async () => {
  await download(4, '/<img src=x>.iso');
  const key = await service.key('read');
  const response = await service.send('GET', '/tallygate/reports/live/events', { key });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (!text.includes('event:')) text += decoder.decode((await reader.read()).value);
  await reader.cancel();
  const [, data = ''] = /^data: (.*)$/m.exec(text) ?? [];
  expect(text).toMatch(/^event: downloads$/m);
  expect(data).toMatch(/^(<tr id="d-[\w-]+">.*<\/tr>)+$/);
  expect(data).toContain('<bdi>/&lt;img src=x&gt;.iso</bdi>');
  const times = [...data.matchAll(/ datetime="([^"]*)"/g)].map(([, at]) => at).sort();
  expect(text).toContain(`id: ${times.at(-1)}\n`);
});

it('refuses a time zone that there is none of, as the page does', async () => {
  const key = await service.key('read');
  const response = await service.send('GET', '/tallygate/reports/live/events?zone=Mars/Olympus', { key });
  expect(response.status).toBe(400);
});

it.each(['its API key is revoked', 'its session is signed out', 'the key of its session is revoked'])(
  'ends within seconds when %s',
  async (end) => {
    const key = await service.key('read');
    const origin = service.deps.origin;
    const form = { origin, 'content-type': 'application/x-www-form-urlencoded' };
    const login = await service.app.request('/tallygate/login', {
      method: 'POST',
      headers: form,
      body: new URLSearchParams({ key }),
    });
    const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
    const ofSession = end.includes('session');
    const open = () =>
      service.app.request('/tallygate/reports/live/events', {
        headers: ofSession ? { cookie } : { authorization: `Bearer ${key}` },
      });
    const ask = async () => (await service.app.request('/tallygate/reports', { headers: { cookie } })).status;
    expect(await ask()).toBe(200);
    const ended = async (response: Response) => {
      const reader = (response.body as ReadableStream<Uint8Array>).getReader();
      for (;;) if ((await reader.read()).done) return 'ended';
    };
    const [first, other] = [await open(), await open()].map(ended);
    if (end.includes('signed out')) {
      const headers = { ...form, cookie };
      expect((await service.app.request('/tallygate/logout', { method: 'POST', headers })).status).toBe(303);
    } else {
      const [row] = await service.database.sql<{ id: string }[]>`
        select id from api_keys order by created_at desc limit 1`;
      await revokeApiKey(service.deps.sql, row?.id as string);
    }
    expect(await Promise.all([first, other])).toEqual(['ended', 'ended']);
    // The cookie that somebody may have copied opens nothing any more.
    expect(await ask()).toBe(401);
  },
);
