// How often wrong codes may be typed: short ones could be guessed, long ones could not. Who shares an address with somebody
// who guesses, or is a shop's own server, must not be locked out.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { tallygate } from '../harness/program.ts';
import { api, startService, type TestService } from './harness.ts';

let service: TestService;
let key: string;
beforeAll(async () => {
  service = await startService({ origin: 'http://127.0.0.1:1' });
  key = await service.key('issue', 'read');
});
afterAll(() => service.stop());

/** Codes with this many random characters. */
async function make(length: number, count = 1, uses = 1): Promise<string[]> {
  const response = await service.send('POST', `${api}/codes`, {
    key,
    body: { label: 'cards', paths: ['/a.zip'], count, length, uses },
  });
  expect(response.status).toBe(201);
  return ((await response.json()) as { codes: { code: string }[] }).codes.map(({ code }) => code);
}

/** Codes that pass the check character and exist nowhere any more. */
async function wrong(length: number, count: number): Promise<string[]> {
  const codes = await make(length, count);
  await service.database.sql`
    delete from codes where batch_id = (select id from code_batches order by created_at desc limit 1)`;
  return codes;
}

let addresses = 0;
const newAddress = () => `198.51.100.${++addresses}`;
let forwarded = 0;
/** The status of an attempt from this address, whatever else it says it forwards. */
async function type(code: string, address: string, { app = service, apiKey = '' } = {}): Promise<number> {
  const response = await app.app.request(
    `${api}/codes/redeem`,
    {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-forwarded-for': `203.0.113.${forwarded++ % 250}`,
        ...(apiKey && { authorization: `Bearer ${apiKey}` }),
      },
      body: JSON.stringify({ code }),
    },
    { incoming: { socket: { remoteAddress: address } } },
  );
  if (response.status === 429) {
    const seconds = Number(response.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(2_592_000);
  }
  return response.status;
}
const count = (statuses: readonly number[], status: number) =>
  statuses.filter((one) => one === status).length;

test('short: ten wrong ones lock the address for ten minutes, after a restart too, and no other', async () => {
  const [address, other] = [newAddress(), newAddress()];
  const codes = await wrong(8, 11);
  for (const code of codes.slice(0, 10)) expect(await type(code, address)).toBe(404);
  expect(await type(codes[10] as string, address)).toBe(429);
  const [good = ''] = await make(8);
  // Or guessing would go on.
  expect(await type(good, address)).toBe(429);
  expect(await type(codes[10] as string, other)).toBe(404);
  const restarted = await startService({ sql: service.deps.sql });
  expect(await type(good, address, { app: restarted })).toBe(429);
  await restarted.stop();
  // Codes of another length belong to other batches.
  const [longer = ''] = await make(9);
  expect(await type(longer, address)).toBe(200);
  await service.database
    .sql`update attempts set expire = expire - 601000 where key like 'code_address_600:%'`;
  expect(await type(good, address)).toBe(200);
});

test('short: a hundred in thirty days', async () => {
  const address = newAddress();
  const codes = await wrong(10, 101);
  for (const [n, code] of codes.entries()) {
    if (n % 10 === 0)
      await service.database.sql`update attempts set expire = 0 where key like 'code_address_600:%'`;
    expect(await type(code, address)).toBe(n < 100 ? 404 : 429);
  }
});

test('a hundred at once: ten are looked up, by two instances together', async () => {
  const address = newAddress();
  const codes = await wrong(8, 100);
  const second = await startService({ sql: service.deps.sql });
  const statuses = await Promise.all(
    codes.map((code, n) => type(code, address, { app: n % 2 === 0 ? service : second })),
  );
  await second.stop();
  expect(count(statuses, 404)).toBeLessThanOrEqual(10);
  // Where one instance waits for the other, its attempt may be refused beforehand.
  expect(count(statuses, 404)).toBeGreaterThanOrEqual(9);
  expect(count(statuses, 404) + count(statuses, 429)).toBe(100);
});

test('short: forty good ones at once from one address, with nine wrong ones among them', async () => {
  const address = newAddress();
  const [good, bad] = [await make(8, 40), await wrong(8, 9)];
  const statuses = await Promise.all([...good, ...bad].map((code) => type(code, address)));
  expect([count(statuses, 200), count(statuses, 404)]).toEqual([40, 9]);
  // One that is used up is on somebody's card: that is no guess.
  for (const code of good.slice(0, 5)) expect(await type(code, address)).toBe(410);
  expect(await type((await make(8))[0] as string, address)).toBe(200);
});

test('of 64 bits and more: no number of wrong ones locks an address', async () => {
  const address = newAddress();
  for (const code of await wrong(13, 120)) expect(await type(code, address)).toBe(404);
  expect(await type((await make(13))[0] as string, address)).toBe(200);
});

test('one and the same wrong code: sixty times an hour, from whatever address', async () => {
  const [code = ''] = await wrong(13, 1);
  for (let n = 0; n < 60; n++) expect(await type(code, `192.0.2.${n}`)).toBe(404);
  expect(await type(code, '192.0.2.200')).toBe(429);
});

test('a server with an API key may try as often as it likes; a wrong key is refused', async () => {
  const address = newAddress();
  const [issuer, reader] = [await service.key('issue'), await service.key('read')];
  for (const code of await wrong(8, 15)) expect(await type(code, address, { apiKey: issuer })).toBe(404);
  const [good = ''] = await make(8);
  expect(await type(good, address, { apiKey: `${issuer.slice(0, -1)}!` })).toBe(401);
  expect(await type(good, address, { apiKey: reader })).toBe(403);
  expect(await type(good, address, { apiKey: issuer })).toBe(200);
});

test('an operator clears an address, or all', async () => {
  const [one, other] = [newAddress(), '2001:db8::7'];
  const codes = await wrong(8, 20);
  const lock = async (address: string, from: number) => {
    for (const code of codes.slice(from, from + 10)) expect(await type(code, address)).toBe(404);
    expect(await type(codes[0] as string, address)).toBe(429);
  };
  await lock(one, 0);
  await lock(other, 10);
  const [good = ''] = await make(8, 1, 9);
  const env = { TALLYGATE_DATABASE_URL: service.database.url };
  const clear = (...args: string[]) => tallygate(['codes', 'attempts', 'clear', ...args], { env });
  expect(await clear('2001:0DB8::1')).toMatchObject({
    code: 0,
    stdout: '2 counters of wrong codes forgotten.\n',
  });
  expect(await type(good, other)).toBe(200);
  expect(await type(good, one)).toBe(429);
  expect(await clear()).toMatchObject({ code: 0 });
  expect(await type(good, one)).toBe(200);
  expect(await clear('nobody')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no client address'),
  });
});
