// Batches of tokens, repeated requests, lists, stateless links.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { signLink } from '../../app/link/sign.ts';
import { api, keyRing, origin, startService, type TestService } from './harness.ts';

let now = Date.UTC(2026, 10, 21, 9, 0, 0);
let service: TestService;
let key: string;
beforeAll(async () => {
  service = await startService({ now: () => now });
  key = await service.key('issue', 'read');
});
afterAll(() => service.stop());

type Answer = { id: string; link: string; label: string; status: string; paths: string[] };
type Page = { tokens: Answer[]; next?: string };

async function read(response: Response, status: number): Promise<Page & Answer> {
  expect(response.status, await response.clone().text()).toBe(status);
  return (await response.json()) as Page & Answer;
}
const post = (path: string, body: unknown, headers = {}) =>
  service.send('POST', api + path, { key, body, headers });
const list = async (query: string) => read(await service.send('GET', `${api}/tokens?${query}`, { key }), 200);
const count = async () => (await service.database.sql`select count(*)::int as n from tokens`)[0]?.n as number;

test('a batch of a thousand is answered in its order', async () => {
  const tokens = Array.from({ length: 1000 }, (_, i) => ({
    path: `/batch/${i}.zip`,
    label: `batch ${i % 2}`,
  }));
  const before = await count();
  const answer = await read(await post('/tokens/batch', { tokens }), 201);
  expect(answer.tokens.map(({ paths }) => paths[0])).toEqual(tokens.map(({ path }) => path));
  expect(new Set(answer.tokens.map(({ id }) => id)).size).toBe(1000);
  expect(await count()).toBe(before + 1000);
});

test('one bad token of a batch stops all, and is named', async () => {
  const before = await count();
  const response = await post('/tokens/batch', { tokens: [{ path: '/a' }, { path: '/../b' }] });
  expect(response.status).toBe(422);
  expect(await response.json()).toMatchObject({ errors: [{ pointer: '/tokens/1/path' }] });
  expect((await post('/tokens/batch', { tokens: Array(1001).fill({ path: '/a' }) })).status).toBe(422);
  expect((await post('/tokens/batch', { tokens: [] })).status).toBe(422);
  expect(await count()).toBe(before);
});

test('paging goes through every token once, while others are issued', async () => {
  const wanted = new Set<string>();
  for (let i = 0; i < 25; i++)
    wanted.add((await read(await post('/tokens', { path: '/p', label: 'page' }), 201)).id);
  const seen: string[] = [];
  let next: string | undefined;
  do {
    const page = await list(`label=page&limit=10${next ? `&cursor=${next}` : ''}`);
    seen.push(...page.tokens.map(({ id }) => id));
    next = page.next;
    now += 1;
    await post('/tokens', { path: '/p', label: 'page' });
  } while (next);
  expect(seen).toHaveLength(25);
  expect(new Set(seen)).toEqual(wanted);
  expect(seen).toEqual([...seen].sort().reverse());
});

test('filters: customer, path, status', async () => {
  const base = { path: '/filtered.zip', customer: 'c1' };
  const active = await read(await post('/tokens', base), 201);
  const early = await read(await post('/tokens', { ...base, not_before: '2026-12-01T00:00:00Z' }), 201);
  const revoked = await read(await post('/tokens', base), 201);
  await post(`/tokens/${revoked.id}/revoke`, undefined);
  const spent = await read(await post('/tokens', { ...base, max_copies: 1 }), 201);
  await service.database.sql`insert into denials (kind, subject, reason, spent_by, starts_at)
      values ('t', ${spent.id}, 'exhausted', 'copies', ${new Date(0)})`;
  const old = await read(await post('/tokens', base), 201);
  await service.database.sql`
    update tokens set expires_at = to_timestamp(${now / 1000 - 10}) where id = ${old.id}`;
  const all = await list('customer=c1');
  // Of tokens made in one millisecond, which comes first is chance.
  expect(Object.fromEntries(all.tokens.map(({ id, status }) => [id, status]))).toEqual({
    [active.id]: 'active',
    [early.id]: 'not_yet',
    [revoked.id]: 'revoked',
    [spent.id]: 'exhausted',
    [old.id]: 'expired',
  });
  for (const { id, status } of all.tokens) {
    const page = await list(`path=/filtered.zip&status=${status}`);
    expect(page.tokens.map((token) => token.id)).toEqual([id]);
  }
});

test('a stateless link is signed and not stored', async () => {
  now = Date.UTC(2026, 10, 21, 9, 0, 0);
  const before = await count();
  const body = { path: '/files/a b.iso', ttl: 60, finish_ttl: 120, address: '2001:DB8:85A3:1234:0:0:0:1' };
  const answer = await read(await post('/links', body), 201);
  const terms = { expires: now / 1000 + 60, finishBy: now / 1000 + 120, address: '2001:db8:85a3:1234::1' };
  expect(answer).toEqual({
    path: '/files/a b.iso',
    link: signLink(keyRing.current, { path: '/files/a b.iso', ...terms }, origin),
    expires_at: '2026-11-21T09:01:00.000Z',
    finish_by: '2026-11-21T09:02:00.000Z',
  });
  expect(await count()).toBe(before);
  expect((await post('/links', { path: '/a', label: 'x' })).status).toBe(400);
});
