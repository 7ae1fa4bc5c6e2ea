// How many requests an API key may make in a minute: over all instances, told with Retry-After.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../app/config/load.ts';
import { api, startService, type TestService } from './harness.ts';

let one: TestService;
let two: TestService;
beforeAll(async () => {
  const config = loadConfig({ env: { TALLYGATE_SERVICE_REQUESTS_PER_MINUTE: '200' } });
  one = await startService({ config });
  two = await startService({ config, sql: one.deps.sql });
});
afterAll(async () => {
  await two.stop();
  await one.stop();
});

test('two instances let through what one key may, and not another key’s share', async () => {
  const [key, other] = [await one.key('read'), await one.key('read')];
  const ask = (service: TestService, secret: string) => service.send('GET', `${api}/files`, { key: secret });
  const answers = await Promise.all(Array.from({ length: 300 }, (_, i) => ask(i % 2 ? one : two, key)));
  const passed = answers.filter(({ status }) => status === 200).length;
  const refused = answers.filter(({ status }) => status === 429);
  expect(passed + refused.length).toBe(300);
  // A portion of four may lie unused in each instance.
  expect(passed).toBeLessThanOrEqual(200);
  expect(passed).toBeGreaterThanOrEqual(192);
  const wait = Number(refused[0]?.headers.get('retry-after'));
  expect(wait).toBeGreaterThan(0);
  expect(wait).toBeLessThanOrEqual(60);
  expect(await refused[0]?.json()).toMatchObject({
    detail: 'This key may make 200 requests a minute. Wait for the seconds in Retry-After.',
  });
  expect((await ask(one, other)).status).toBe(200);
  // The minute is over.
  await one.database.sql`update attempts set expire = 0 where key like 'requests:%'`;
  expect((await ask(two, key)).status).toBe(200);
});
