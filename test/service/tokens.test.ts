// Issuing, reading and revoking tokens, against a real PostgreSQL.

import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '../../app/config/load.ts';
import { connect } from '../../app/db/connection.ts';
import { signLink } from '../../app/link/sign.ts';
import { api, keyRing, origin, startService, type TestService } from './harness.ts';

const now = Date.UTC(2026, 10, 21, 9, 0, 0);
let service: TestService;
let key: string;
beforeAll(async () => {
  service = await startService({ now: () => now });
  key = await service.key('issue', 'read');
});
afterAll(() => service.stop());

async function issue(body: object): Promise<Record<string, unknown>> {
  const response = await service.send('POST', `${api}/tokens`, { key, body });
  expect(response.status, await response.clone().text()).toBe(201);
  return (await response.json()) as Record<string, unknown>;
}

test('a token is answered with the link that the gate accepts', async () => {
  const token = await issue({ path: '/files/Héloïse demo.mp3', ttl: 3600, label: 'Spring LP' });
  expect(token).toMatchObject({
    status: 'active',
    paths: ['/files/Héloïse demo.mp3'],
    label: 'Spring LP',
    created_at: '2026-11-21T09:00:00.000Z',
    expires_at: '2026-11-21T10:00:00.000Z',
  });
  expect(token.id).toMatch(/^[0-9a-z]{22}$/);
  const expected = { path: '/files/Héloïse demo.mp3', expires: now / 1000 + 3600, token: token.id as string };
  expect(token.link).toBe(signLink(keyRing.current, expected, origin));
});

test('the site’s own limit holds for every token, and no link goes past it', async () => {
  const config = loadConfig({
    env: { TALLYGATE_DATABASE_URL: service.database.url, TALLYGATE_TOKENS_MAX_COPIES: '3' },
  });
  const limited = await startService({ now: () => now, config });
  onTestFinished(() => limited.stop());
  const own = await limited.key('issue');
  const ask = (route: string, body: object) => limited.send('POST', `${api}/${route}`, { key: own, body });
  const copies = async (body: object) =>
    ((await (await ask('tokens', { path: '/a.iso', ...body })).json()) as { max_copies: number }).max_copies;
  expect(await copies({})).toBe(3);
  expect(await copies({ max_copies: 2 })).toBe(2);
  expect((await ask('tokens', { path: '/a.iso', max_copies: 4 })).status).toBe(422);
  const batch = { tokens: [{ path: '/a.iso' }, { path: '/b.iso', max_copies: 4 }] };
  expect((await ask('tokens/batch', batch)).status).toBe(422);
  expect((await ask('links', { path: '/a.iso' })).status).toBe(403);
  expect(await limited.database.sql`select max_copies from tokens order by max_copies`).toEqual([
    { max_copies: 2 },
    { max_copies: 3 },
  ]);
});

test('a path holds whatever a file name may', async () => {
  const path = '/files/a "b", {c} \\ d\\"e, NULL.iso';
  const { id } = await issue({ paths: [path, '/NULL'], metadata: { note: 'it\'s "quoted" \\ {}' } });
  const response = await service.send('GET', `${api}/tokens/${id}`, { key });
  expect(await response.json()).toMatchObject({
    paths: [path, '/NULL'],
    metadata: { note: 'it\'s "quoted" \\ {}' },
  });
});

test('a folder link covers its segments; a list of files gets a link each', async () => {
  const folder = await issue({ path: '/hls/course/' });
  expect(new URL(folder.link as string).searchParams.get('p')).toBe('2');
  const list = await issue({ paths: ['/a.zip', '/b.zip'], finish_ttl: 90_000 });
  expect(list.links).toHaveLength(2);
  // Each file has an id of its own, for the limit holds for each.
  const ids = (list.links as { link: string }[]).map(({ link }) => new URL(link).searchParams.get('t'));
  expect(ids).toEqual([`${list.id}-1`, `${list.id}-2`]);
  const same = await issue({ paths: ['/a.zip', '/a.zip'] });
  expect(same.paths).toEqual(['/a.zip']);
  expect(new URL(same.link as string).searchParams.get('t')).toBe(same.id);
  expect(new URL(list.link as string).searchParams.get('f')).toBe(String(now / 1000 + 90_000));
});

test('what was asked for is what is read back, with the tally', async () => {
  const asked = {
    path: '/files/a.iso',
    ttl: 600,
    not_before: '2026-11-21T09:05:00Z',
    max_copies: 3,
    rate: 262_144,
    filename: 'My "best" mix.iso',
    address: '203.0.113.9',
    customer: 'order 17',
    metadata: { sku: 'A-1', nested: { deep: [1, 'ü'] } },
  };
  const token = await issue(asked);
  await service.database.sql`
    insert into token_usage (token_id, version_id, file_id, size, sent, covered_to, copies, requests, last_at)
    values (${token.id as string}, 1, 1, 100, 100, 100, 1, 1, now())`;
  const response = await service.send('GET', `${api}/tokens/${token.id}`, { key });
  expect(response.status).toBe(200);
  const { path: _, ttl: __, not_before: ___, ...same } = asked;
  expect(await response.json()).toMatchObject({
    ...same,
    status: 'not_yet',
    link: token.link,
    not_before: '2026-11-21T09:05:00.000Z',
    tally: { requests: 1, downloads: 1, completed: 1, copies: 1, bytes: 100 },
  });
});

test('the tally of a token joins its transfers, by persons, tools and bots', async () => {
  const token = (await issue({ path: '/files/a.iso' })).id as string;
  const transfer = {
    token_id: token,
    file_id: 1,
    origin_id: 1,
    size: 100,
    covered_to: 0,
    edge: 'e',
    requests: 2,
  };
  const at = { first_at: new Date(now), last_at: new Date(now), day: '2026-11-21' };
  await service.database.sql`create table transfers_test partition of transfers default`;
  await service.database.sql`insert into transfers ${service.database.sql([
    // completed, and half a second time; a download; nothing but a look; a bot
    { ...transfer, ...at, visitor: 1, version_id: 1, sent: 250, state: 3, class: 'person' },
    { ...transfer, ...at, visitor: 2, version_id: 1, sent: 40, state: 1, class: 'tool' },
    { ...transfer, ...at, visitor: 3, version_id: 1, sent: 0, state: 0, class: 'tool' },
    { ...transfer, ...at, visitor: 4, version_id: 1, sent: 100, state: 3, class: 'bot' },
  ])}`;
  const response = await service.send('GET', `${api}/tokens/${token}`, { key });
  expect(await response.json()).toMatchObject({
    tally: { requests: 8, downloads: 3, completed: 2, copies: 3, bytes: 390 },
  });
});

test.each([
  ['read', ['read'], { own: 200, other: 200, links: false, lists: 2 }],
  ['issue', ['issue'], { own: 200, other: 404, links: true, lists: 1 }],
  ['issue and read', ['issue', 'read'], { own: 200, other: 200, links: true, lists: 2 }],
  ['admin', ['admin'], { own: 200, other: 200, links: true, lists: 2 }],
] as const)('who may read which tokens, and their links: %s', async (_, scopes, expected) => {
  const secret = await service.key(...scopes);
  const [{ id: keyId } = { id: '' }] = await service.database.sql`
    select id from api_keys order by created_at desc limit 1`;
  const customer = `readers of ${scopes}`;
  const [own, other] = [
    await issue({ paths: ['/hls/a/', '/hls/b/'], form: 'cookie', customer, max_copies: 1 }),
    await issue({ path: '/a.zip', customer }),
  ];
  await service.database.sql`update tokens set issued_by = ${keyId} where id = ${own.id as string}`;
  const ask = (method: string, route: string) => service.send(method, `${api}${route}`, { key: secret });
  const read = (token: Record<string, unknown>) => ask('GET', `/tokens/${token.id}`);
  expect((await read(own)).status).toBe(expected.own);
  expect((await read(other)).status).toBe(expected.other);
  const text = await (await read(own)).text();
  const listed = (await (await ask('GET', `/tokens?customer=${customer}`)).json()) as { tokens: object[] };
  expect(listed.tokens).toHaveLength(expected.lists);
  for (const shown of [text, JSON.stringify(listed)])
    expect(/"links?":|"cookie":|[?&]s=|tallygate=/.test(shown)).toBe(expected.links);
  const revoked = (await ask('POST', `/tokens/${other.id}/revoke`)).status;
  expect(revoked).toBe(expected.links ? expected.other : 403);
});

test('a revoked token is denied at the edges from the same transaction on', async () => {
  const token = await issue({ path: '/files/a.iso', ttl: 600, finish_ttl: 86_400 });
  const response = await service.send('POST', `${api}/tokens/${token.id}/revoke`, { key });
  expect(await response.json()).toMatchObject({ id: token.id, status: 'revoked' });
  const denials = await service.database.sql`
    select kind, reason, until from denials where subject = ${token.id as string}`;
  // Until the link would have ended by itself, finish-by included, and an hour of clocks that differ.
  expect(denials).toEqual([{ kind: 't', reason: 'revoked', until: new Date(now + 86_400_000 + 3_600_000) }]);
  const again = await service.send('POST', `${api}/tokens/${token.id}/revoke`, { key });
  expect(again.status).toBe(200);
});

test('a revocation is announced, so that no edge has to ask for it', async () => {
  const token = await issue({ path: '/files/a.iso' });
  const listener = connect(service.database.url, { max: 1 });
  let announced = () => {};
  const heard = new Promise<void>((resolve) => {
    announced = resolve;
  });
  await listener.listen('tallygate_denials', () => announced());
  await service.send('POST', `${api}/tokens/${token.id}/revoke`, { key });
  await heard;
  await listener.end();
});

test('a token that does not exist is 404, for reading and for revoking', async () => {
  for (const [method, path] of [
    ['GET', '/tokens/nothing'],
    ['POST', '/tokens/nothing/revoke'],
  ] as const) {
    const response = await service.send(method, api + path, { key });
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
  }
});

test('a thousand tokens issued at once are a thousand rows', async () => {
  const issued = await Promise.all(Array.from({ length: 1000 }, () => issue({ path: '/files/many.iso' })));
  expect(new Set(issued.map(({ id }) => id)).size).toBe(1000);
  const [row] = await service.database
    .sql`select count(*)::int as n from tokens where paths = ${['/files/many.iso']}`;
  expect(row?.n).toBe(1000);
});
