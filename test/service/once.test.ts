// Idempotency-Key at every route that takes a POST: what was made once is not made again, and the answer is the first.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../app/process/until.ts';
import { api, startService, type TestService } from './harness.ts';

let now = Date.UTC(2026, 10, 21, 9, 0, 0);
let service: TestService;
let key: string;
beforeAll(async () => {
  service = await startService({ now: () => now, origin: 'http://127.0.0.1:1' });
  key = await service.key('issue', 'read');
});
afterAll(() => service.stop());

type Case = {
  /** a request that was not made before: its path below the API, and its body */
  fresh: () => Promise<{ at: string; body?: object }>;
  /** another body, with which the same key is a mistake */
  other: (body: object) => object;
  status: 200 | 201;
  /** rows that one request makes, in all tables together */
  makes: number;
};

const batch = { label: 'Once', paths: ['/lp/a.flac'], count: 2, uses: 3 };
type Issued = { id: string; codes: { code: string }[] };
const issueCodes = async () =>
  (await (await service.send('POST', `${api}/codes`, { key, body: batch })).json()) as Issued;
const renamed = (body: object) => ({ ...body, label: 'another' });

/** Every POST of the API. One that is not here fails the first test. */
const cases: Record<string, Case> = {
  '/links': {
    fresh: async () => ({ at: '/links', body: { path: '/a', ttl: 60 } }),
    other: (body) => ({ ...body, ttl: 61 }),
    status: 201,
    makes: 0,
  },
  '/tokens': {
    fresh: async () => ({ at: '/tokens', body: { path: '/a' } }),
    other: renamed,
    status: 201,
    makes: 1,
  },
  '/tokens/batch': {
    fresh: async () => ({ at: '/tokens/batch', body: { tokens: [{ path: '/a' }, { path: '/b' }] } }),
    other: () => ({ tokens: [{ path: '/a' }] }),
    status: 201,
    makes: 2,
  },
  '/tokens/{id}/revoke': {
    fresh: async () => {
      const token = await service.send('POST', `${api}/tokens`, { key, body: { path: '/a' } });
      return { at: `/tokens/${((await token.json()) as { id: string }).id}/revoke` };
    },
    other: () => ({}),
    status: 200,
    makes: 1,
  },
  '/codes': { fresh: async () => ({ at: '/codes', body: batch }), other: renamed, status: 201, makes: 3 },
  '/codes/redeem': {
    fresh: async () => ({ at: '/codes/redeem', body: { code: (await issueCodes()).codes[0]?.code } }),
    other: (body) => ({ ...body, form: 'path' }),
    status: 200,
    makes: 2,
  },
  '/codes/batches/{id}/revoke': {
    fresh: async () => ({ at: `/codes/batches/${(await issueCodes()).id}/revoke` }),
    other: () => ({}),
    status: 200,
    makes: 0,
  },
  '/codes/batches/{id}/codes/{serial}/revoke': {
    fresh: async () => ({ at: `/codes/batches/${(await issueCodes()).id}/codes/1/revoke` }),
    other: () => ({}),
    status: 200,
    makes: 0,
  },
};

/** Forms of the pages. A browser sends no such header; what a second click does is said here. */
const forms: Record<string, string> = {
  '/tallygate/redeem': 'the form carries a key of its own: see below',
  '/tallygate/login': 'a second session is as good as the first',
  '/tallygate/logout': 'ends what has ended',
  '/tallygate/reports/leeches/block': 'blocks who is blocked',
  '/tallygate/reports/leeches/unblock': 'lets in who is let in',
  '/tallygate/reports/codes/revoke': 'revokes what is revoked',
  '/tallygate/reports/codes/print': 'prints what is there; it makes nothing',
  '/tallygate/get/*': 'leads to the link of the page; it makes nothing',
};

type Described = { paths: Record<string, Record<string, { parameters?: { name: string }[] }>> };
const reading = ['get', 'head', 'options'];

test('no route that makes or changes something escapes the tables above, or hides its header', async () => {
  const document = (await (await service.app.request('/tallygate/api/openapi.json')).json()) as Described;
  const described = Object.entries(document.paths).flatMap(([at, methods]) =>
    Object.entries(methods)
      .filter(([method]) => !reading.includes(method))
      .map(([, operation]) => ({ at, headers: operation.parameters?.map(({ name }) => name) ?? [] })),
  );
  const below = '/tallygate/api/v1';
  expect(described.map(({ at }) => at.replace(below, '')).sort()).toEqual(Object.keys(cases).sort());
  for (const { at, headers } of described) expect(headers, at).toContain('idempotency-key');
  // Also what the router has and the document does not describe.
  const routed = service.app.routes.filter(
    ({ method }) => !['ALL', ...reading.map((name) => name.toUpperCase())].includes(method),
  );
  const known = [...described.map(({ at }) => at.replace(/\{(\w+)\}/g, ':$1')), ...Object.keys(forms)];
  const paths = routed.map(({ path }) => (path.length > 1 ? path.replace(/\/$/, '') : path));
  expect([...new Set(paths)].sort()).toEqual(known.sort());
});

/** Rows in all tables that requests write to. */
async function rows(): Promise<number> {
  const [row] = await service.database.sql<{ n: number }[]>`
    select ((select count(*) from tokens) + (select count(*) from codes) + (select count(*) from code_batches)
      + (select count(*) from redemptions) + (select count(*) from denials))::int as n`;
  return row?.n ?? 0;
}

describe.each(Object.entries(cases))('%s', (name, { fresh, other, status, makes }) => {
  const send = (at: string, body: object | undefined, once: string, headers = {}) =>
    service.send('POST', api + at, {
      ...(name !== '/codes/redeem' && { key }),
      ...(body && { body }),
      headers: { 'idempotency-key': once, ...headers },
    });

  test('the same key and body: the same answer, marked, and nothing more is made', async () => {
    const { at, body } = await fresh();
    const before = await rows();
    const first = await send(at, body, `${name} 1`.replaceAll(' ', '-'));
    expect(first.status, await first.clone().text()).toBe(status);
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(await rows()).toBe(before + makes);
    const text = await first.text();
    // In quotation marks, as the draft has it, it is the same key.
    for (const again of [`${name}-1`, `"${name}-1"`]) {
      const second = await send(at, body, again);
      expect(second.status).toBe(status);
      expect(second.headers.get('idempotent-replayed')).toBe('true');
      expect(await second.text()).toBe(text);
    }
    expect(await rows()).toBe(before + makes);
  });

  test('the same key and another body: 422, and nothing is made', async () => {
    const { at, body } = await fresh();
    expect((await send(at, body, `${name}-2`)).status).toBe(status);
    const before = await rows();
    const refused = await send(at, other(body ?? {}), `${name}-2`);
    expect(refused.status).toBe(422);
    expect(await refused.text()).toContain('was used for another request');
    expect(await rows()).toBe(before);
  });

  test('many at once: one makes it; each other gets its answer, or 409 and when to come again', async () => {
    const { at, body } = await fresh();
    const before = await rows();
    const answers = await Promise.all(Array.from({ length: 30 }, () => send(at, body, `${name}-3`)));
    const good = answers.filter((answer) => answer.status === status);
    expect(good.filter(({ headers }) => !headers.has('idempotent-replayed'))).toHaveLength(1);
    expect(new Set(await Promise.all(good.map((answer) => answer.text()))).size).toBe(1);
    for (const answer of answers.filter((one) => !good.includes(one))) {
      expect(answer.status).toBe(409);
      expect(answer.headers.get('retry-after')).toBe('1');
    }
    expect(await rows()).toBe(before + makes);
    expect((await send(at, body, `${name}-3`)).headers.get('idempotent-replayed')).toBe('true');
  });

  test('a key that cannot be one: 400', async () => {
    const { at, body } = await fresh();
    for (const bad of ['', '""', 'x'.repeat(256), 'two words']) {
      expect((await send(at, body, bad)).status, bad).toBe(400);
    }
  });
});

const issue = (once: string, body: object = { path: '/a' }, by = key) =>
  service.send('POST', `${api}/tokens`, { key: by, body, headers: { 'idempotency-key': once } });

test('a refused request made nothing: the same key may be tried again, mended', async () => {
  expect((await issue('mended', { path: 'a' })).status).toBe(422);
  expect((await issue('mended')).status).toBe(201);
  const code = (await issueCodes()).codes[0]?.code as string;
  const redeem = () =>
    service.send('POST', `${api}/codes/redeem`, { body: { code }, headers: { 'idempotency-key': 'wait' } });
  const sql = service.database.sql;
  await sql`update codes set revoked_at = now()`;
  expect((await redeem()).status).toBe(410);
  await sql`update codes set revoked_at = null`;
  const first = await redeem();
  expect(first.headers.get('idempotent-replayed')).toBeNull();
  expect([first.status, (await redeem()).headers.get('idempotent-replayed')]).toEqual([200, 'true']);
});

test("another caller's key is another key: of an API key, and of a code", async () => {
  expect((await issue('mine')).status).toBe(201);
  const theirs = await issue('mine', { path: '/b' }, await service.key('issue'));
  expect([theirs.status, theirs.headers.has('idempotent-replayed')]).toEqual([201, false]);
  const { codes } = await issueCodes();
  for (const { code } of codes) {
    const headers = { 'idempotency-key': 'mine' };
    const redeemed = await service.send('POST', `${api}/codes/redeem`, { body: { code }, headers });
    expect([redeemed.status, redeemed.headers.has('idempotent-replayed')]).toEqual([200, false]);
  }
});

test('while the first is under way: 409, whatever the body, and it is never done twice', async () => {
  const { sql } = service.database;
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  /** Locks of this database's table of tokens; other tests have theirs in the same cluster. */
  const locks = async (granted: boolean) => {
    const [row] = await sql<{ n: number }[]>`
      select count(*)::int as n from pg_locks
       where relation = 'tokens'::regclass and granted = ${granted} and mode in ('ShareLock', 'RowExclusiveLock')
         and database = (select oid from pg_database where datname = current_database())`;
    return row?.n;
  };
  // The first request waits where it inserts its token, for however long this test takes.
  const blocking = sql.begin(async (tx) => {
    await tx`lock table tokens in share mode`;
    await held;
  });
  try {
    await until(() => locks(true), 'the table to be locked');
    const first = issue('slow');
    await until(() => locks(false), 'the first request to be under way');
    for (const body of [{ path: '/a' }, { path: '/b' }]) {
      const early = await issue('slow', body);
      expect([early.status, early.headers.get('retry-after')]).toEqual([409, '1']);
    }
    release();
    const text = await (await first).text();
    expect(await (await issue('slow')).text()).toBe(text);
  } finally {
    release();
    await blocking;
  }
});

test('kept for a day and no longer; sealed, and bound to its caller', async () => {
  const code = (await issueCodes()).codes[0]?.code as string;
  const headers = { 'idempotency-key': 'sealed' };
  const made = await service.send('POST', `${api}/codes`, { key, body: batch, headers });
  const { codes } = (await made.json()) as Issued;
  const redeemed = await service.send('POST', `${api}/codes/redeem`, { body: { code }, headers });
  const { page } = (await redeemed.json()) as { page: string };
  const token = (await (await issue('sealed-token')).json()) as { link: string };
  const { sql } = service.database;
  const stored = await sql<
    { key: string; answer: Buffer }[]
  >`select caller, key, answer from idempotent_answers`;
  const text = stored
    .map((row) => JSON.stringify({ ...row, answer: row.answer.toString('latin1') }))
    .join('\n');
  const secrets = [code, codes[0]?.code, page.split('/').at(-1), new URL(token.link).searchParams.get('s')];
  for (const secret of secrets) expect(text).not.toContain(String(secret).replaceAll('-', ''));
  for (const secret of secrets) expect(text).not.toContain(String(secret));

  // Moved to another key, the answer does not open, and nothing is made in its place.
  await sql`update idempotent_answers set key = 'moved' where key = 'sealed-token'`;
  const before = await rows();
  const moved = await issue('moved');
  expect(moved.status).toBe(503);
  expect(await rows()).toBe(before);

  now += 86_400_001;
  const later = await service.send('POST', `${api}/codes`, { key, body: batch, headers });
  expect([later.status, later.headers.has('idempotent-replayed')]).toEqual([201, false]);
});

test('codes are given again in the form that is asked for', async () => {
  const ask = (accept: string) =>
    service.send('POST', `${api}/codes`, {
      key,
      body: batch,
      headers: { accept, 'idempotency-key': 'cards' },
    });
  const pdf = await ask('application/pdf');
  expect((await pdf.text()).slice(0, 5)).toBe('%PDF-');
  const again = await ask('application/pdf');
  expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
  expect((await again.text()).slice(0, 5)).toBe('%PDF-');
  const { id, codes } = (await (await ask('application/json')).json()) as Issued;
  expect(again.headers.get('content-disposition')).toContain(id);
  const csv = await (await ask('text/csv')).text();
  for (const { code } of codes) expect(csv).toContain(code);
});

test('the form of the redeem page, sent twice, takes one use; a second click waits for the first', async () => {
  const code = (await issueCodes()).codes[0]?.code as string;
  const page = await (await service.app.request('/tallygate/redeem')).text();
  const once = /name="once" value="([^"]+)"/.exec(page)?.[1] as string;
  const send = async (fields: Record<string, string>) => {
    const answer = await service.app.request('/tallygate/redeem', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'http://127.0.0.1:1' },
      body: new URLSearchParams(fields),
    });
    expect(answer.status).toBe(303);
    return answer.headers.get('location');
  };
  // Nobody has a cookie yet: the answers were lost.
  const places = await Promise.all(Array.from({ length: 5 }, () => send({ code, once })));
  expect(new Set(places).size).toBe(1);
  // The form that another card's page had takes another use.
  const another = await (await service.app.request('/tallygate/redeem')).text();
  expect(another).not.toContain(once);
  expect(await send({ code, once: '6f9619ff-8b86-4d01-b42d-00cf4fc964ff' })).not.toBe(places[0]);
});
