// Codes from making to spending, against a real PostgreSQL.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { settleAll } from '../../app/service/codes/settle.ts';
import { holderOf } from '../../njs/link/holder.ts';
import { api, startService, type TestService } from './harness.ts';

let now = Date.UTC(2026, 10, 21, 9, 0, 0);
let service: TestService;
let key: string;
beforeAll(async () => {
  service = await startService({ now: () => now, origin: 'http://127.0.0.1:1' });
  key = await service.key('issue', 'read');
});
afterAll(() => service.stop());

type Issued = { id: string; codes: { serial: number; code: string; url: string }[] };
type Redeemed = { page: string; finish_by: string; files: { path: string; link: string }[]; detail: string };

async function make(body: object = {}): Promise<Issued> {
  const response = await service.send('POST', `${api}/codes`, {
    key,
    body: { label: 'Spring LP', paths: ['/lp/side a.flac', '/lp/side b.flac'], count: 1, ...body },
  });
  expect(response.status, await response.clone().text()).toBe(201);
  return (await response.json()) as Issued;
}
const first = (issued: Issued) => issued.codes[0]?.code as string;
const redeem = (code: string, headers = {}) =>
  service.send('POST', `${api}/codes/redeem`, { body: { code }, headers });
const batch = async (id: string) =>
  ((await (await service.send('GET', `${api}/codes/batches/${id}`, { key })).json()) as { batch: object })
    .batch;

/** What the ingester writes when a copy of this file of the redemption completes. */
async function complete(link: string): Promise<void> {
  const token = holderOf(new URL(link).searchParams.get('t') as string);
  const path = decodeURIComponent(new URL(link).pathname);
  const { sql } = service.database;
  await sql`
    insert into files (id, host, path) select count(*) + 1, '', ${path} from files
     where not exists (select from files where path = ${path})`;
  await sql`
    insert into token_usage (token_id, version_id, file_id, size, sent, covered_to, copies, requests, last_at)
    select ${token}, id, id, 9, 9, 9, 1, 1, now() from files where path = ${path}`;
  await settleAll(service.deps.sql, now);
}

test('codes are shown once, and are in no table and no log', async () => {
  const issued = await make({ count: 3 });
  expect(issued.codes.map(({ serial }) => serial)).toEqual([1, 2, 3]);
  const { code, url } = issued.codes[0] as Issued['codes'][number];
  expect(code).toMatch(/^[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]{4}$/);
  expect(url).toBe(`http://127.0.0.1:1/tallygate/redeem?c=${code}`);
  await redeem(code);
  const plain = code.replaceAll('-', '');
  for (const table of ['code_batches', 'codes', 'redemptions', 'tokens', 'attempts']) {
    const rows = await service.database.sql.unsafe(`select t::text from ${table} t`);
    expect(JSON.stringify(rows)).not.toMatch(new RegExp(`${code}|${plain}`));
  }
  expect(service.logged.join('')).not.toMatch(new RegExp(`${code}|${plain}`));
});

test('a use is held when redeemed, and spent when a copy completes', async () => {
  const issued = await make({ uses: 2 });
  const response = await redeem(first(issued).toLowerCase().replaceAll('-', ' '));
  const redeemed = (await response.json()) as Redeemed;
  expect(response.status).toBe(200);
  expect(redeemed.files.map(({ path }) => path)).toEqual(['/lp/side a.flac', '/lp/side b.flac']);
  const link = new URL(redeemed.files[0]?.link as string);
  expect(Number(link.searchParams.get('e'))).toBe(now / 1000 + 900);
  expect(Number(link.searchParams.get('f'))).toBe(now / 1000 + 86_400);
  expect(await batch(issued.id)).toMatchObject({ codes: 1, uses: 2, held: 1, spent: 0 });

  await settleAll(service.deps.sql, now);
  expect(await batch(issued.id)).toMatchObject({ held: 1, spent: 0 });
  await complete(link.href);
  expect(await batch(issued.id)).toMatchObject({ held: 0, spent: 1 });
  // The other file of the same use spends no second one.
  await complete(redeemed.files[1]?.link as string);
  expect(await batch(issued.id)).toMatchObject({ held: 0, spent: 1 });
});

test('links in the path, for who asks for them; no cookies, for there is no folder', async () => {
  const code = first(await make());
  const ask = (form: string) => service.send('POST', `${api}/codes/redeem`, { body: { code, form } });
  const refused = await ask('cookie');
  expect(refused.status).toBe(422);
  expect(((await refused.json()) as Redeemed).detail).toContain('a code opens files');
  const redeemed = (await (await ask('path')).json()) as Redeemed;
  expect(redeemed.files[0]?.link).toMatch(
    /^http:\/\/127\.0\.0\.1:1\/s\/[\w-]{22}\/\d{10}\.f\d{10}\/a1\/\w{22}-1\/lp\/side%20a\.flac$/,
  );
});

test('a use whose download never completed is free again after finish-by', async () => {
  const code = first(await make());
  expect((await redeem(code)).status).toBe(200);
  const refused = await redeem(code);
  expect(refused.status).toBe(410);
  expect(((await refused.json()) as Redeemed).detail).toMatch(
    /^This code has been used 1 of 1 time\. The download has not finished yet\. .* 22 Nov 2026, 15:00 UTC on\./,
  );
  now += 86_400_000 + 6 * 3_600_000 + 1000;
  // Nobody has to wait for housekeeping.
  expect((await redeem(code)).status).toBe(200);
  expect((await redeem(code)).status).toBe(410);
});

test.each([
  ['in its last second', -1000, 'held'],
  ['a second later', 1000, 'over'],
  ['six hours later', 6 * 3_600_000 - 1000, 'over'],
  ['and a second', 6 * 3_600_000 + 1000, 'free'],
])('the page of a hold and the form say the same: %s', async (_, after, expected) => {
  const code = first(await make());
  const { page, finish_by } = (await (await redeem(code)).json()) as Redeemed;
  now = Date.parse(finish_by) + after;
  const shown = await service.send('GET', new URL(page).pathname);
  const text = await shown.text();
  const from = 'can be used again from';
  expect(shown.status).toBe(expected === 'held' ? 200 : 410);
  expect(text.includes('can be used again.')).toBe(expected === 'free');
  expect(text.includes(from)).toBe(expected === 'over');
  const form = await redeem(code);
  expect(form.status).toBe(expected === 'free' ? 200 : 410);
  // Both name the same moment.
  const momentIn = (words: string) => /again from (.* UTC) on/.exec(words)?.[1];
  if (expected === 'over') expect(momentIn(((await form.json()) as Redeemed).detail)).toBe(momentIn(text));
});

test('a hundred at once for the last use: exactly one gets it', async () => {
  const issued = await make({ uses: 1 });
  const answers = await Promise.all(Array.from({ length: 100 }, () => redeem(first(issued))));
  const statuses = answers.map(({ status }) => status).sort();
  expect(statuses).toEqual([200, ...Array(99).fill(410)]);
  expect(await batch(issued.id)).toMatchObject({ held: 1, spent: 0 });
});

test('two instances at once: no use is taken twice', async () => {
  const other = await startService({ now: () => now, sql: service.deps.sql });
  try {
    const issued = await make({ count: 150 });
    // Each instance takes all the codes in one statement, and both statements run at once.
    const all = (app: TestService) =>
      issued.codes.map(({ code }) => app.send('POST', `${api}/codes/redeem`, { body: { code } }));
    const answers = await Promise.all([...all(service), ...all(other)]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(150);
    expect(answers.filter(({ status }) => status === 410)).toHaveLength(150);
    expect(await batch(issued.id)).toMatchObject({ uses: 150, held: 150 });
  } finally {
    await other.stop();
  }
});

test('a key that may only issue sees and revokes its own batches', async () => {
  const [own, reader] = [await service.key('issue'), await service.key('read')];
  const made = await service.send('POST', `${api}/codes`, {
    key: own,
    body: { label: 'own', paths: ['/a.zip'], count: 1 },
  });
  const [mine, foreign] = [((await made.json()) as Issued).id, (await make()).id];
  const ask = (method: string, route: string, as: string) =>
    service.send(method, `${api}/codes/batches${route}`, { key: as });
  const listed = async (as: string) =>
    ((await (await ask('GET', '', as)).json()) as { batches: { id: string }[] }).batches.map(({ id }) => id);
  expect(await listed(own)).toEqual([mine]);
  expect(await listed(reader)).toEqual(expect.arrayContaining([mine, foreign]));
  const statuses = async (as: string, id: string) => [
    (await ask('GET', `/${id}`, as)).status,
    (await ask('POST', `/${id}/codes/1/revoke`, as)).status,
    (await ask('POST', `/${id}/revoke`, as)).status,
  ];
  expect(await statuses(own, foreign)).toEqual([404, 404, 404]);
  expect(await statuses(reader, mine)).toEqual([200, 403, 403]);
  expect(await statuses(own, mine)).toEqual([200, 200, 200]);
});

describe('what gives nothing', () => {
  test('expired, and revoked with what was redeemed', async () => {
    const expired = await make({ redeem_until: new Date(now + 1000).toISOString() });
    now += 2000;
    const late = await redeem(first(expired));
    expect(late.status).toBe(410);
    expect(((await late.json()) as Redeemed).detail).toMatch(
      /^This code has expired\. It could be used until /,
    );

    const issued = await make({ count: 2 });
    const held = (await (await redeem(first(issued))).json()) as Redeemed;
    const revoke = `${api}/codes/batches/${issued.id}`;
    expect((await service.send('POST', `${revoke}/codes/1/revoke`, { key })).status).toBe(200);
    expect((await redeem(first(issued))).status).toBe(410);
    expect((await service.send('GET', new URL(held.page).pathname)).status).toBe(410);
    const tokens = held.files.map(({ link }) => new URL(link).searchParams.get('t') as string);
    const denied = await service.database.sql`select subject from denials where reason = 'revoked'`;
    expect(denied.map(({ subject }) => subject)).toEqual(expect.arrayContaining(tokens));
    expect((await service.send('POST', `${revoke}/revoke`, { key })).status).toBe(200);
    expect((await redeem(issued.codes[1]?.code as string)).status).toBe(410);
    expect((await service.send('POST', `${revoke}/codes/99/revoke`, { key })).status).toBe(404);
  });

  test.each([
    ['a slip', 'AAAAA-AAAAA-AAAB', 404],
    ['SQL', "' or true; drop table codes; --", 400],
    ['NUL', 'AAAAA\u0000', 400],
    ['10 KB', 'A'.repeat(10_240), 400],
    ['20 KB', 'A'.repeat(20_480), 413],
    ['nothing', '', 422],
  ])('%s', async (_, code, status) => {
    expect((await redeem(code)).status).toBe(status);
  });
});
