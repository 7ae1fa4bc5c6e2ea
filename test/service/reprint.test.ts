// Batches printed again: what is sealed, for how long, and who can open it.

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../app/config/load.ts';
import { forgetSealed } from '../../app/service/codes/reprint.ts';
import { batchSeal } from '../../app/service/codes/seal.ts';
import { api, startService, type TestService } from './harness.ts';

const now = Date.UTC(2026, 10, 21, 9, 0, 0);
let codesKey: Buffer = randomBytes(32);
let service: TestService;
let key: string;
beforeAll(async () => {
  service = await startService({
    now: () => now,
    origin: 'http://127.0.0.1:1',
    codesKey: async () => codesKey,
  });
  key = await service.key('issue', 'read');
});
afterAll(() => service.stop());

type Codes = { id: string; codes: { serial: number; code: string; url: string }[]; omitted?: number };
async function make(body: object = {}): Promise<Codes> {
  const answer = await service.send('POST', `${api}/codes`, {
    key,
    body: { label: 'LP', paths: ['/lp/a.flac'], count: 4, ...body },
  });
  expect(answer.status, await answer.clone().text()).toBe(201);
  return (await answer.json()) as Codes;
}
const print = (id: string, accept = 'application/json', by = key) =>
  service.send('GET', `${api}/codes/batches/${id}/cards`, { key: by, headers: { accept } });
const again = async (id: string) => (await (await print(id)).json()) as Codes;
const sealedOf = async (id: string) =>
  service.database.sql<{ serial: number; sealed: Buffer | null }[]>`
    select serial, sealed from codes where batch_id = ${id} order by serial`;
const codeOf = ({ codes }: Codes, serial: number) =>
  codes.find((card) => card.serial === serial)?.code as string;
const redeem = (code: string) => service.send('POST', `${api}/codes/redeem`, { body: { code } });

test('a batch is printed again in every form, as it was', async () => {
  const made = await make({ title: 'Spring', redeem_until: '2027-12-31' });
  expect(await again(made.id)).toEqual({ ...made, omitted: 0 });
  const answers = Object.fromEntries(
    await Promise.all(
      ['text/csv', 'text/html', 'application/pdf'].map(async (form) => {
        const answer = await print(made.id, form);
        expect(answer.headers.get('cache-control')).toBe('no-store');
        return [answer.headers.get('content-type')?.split(';')[0], Buffer.from(await answer.arrayBuffer())];
      }),
    ),
  ) as Record<string, Buffer>;
  for (const { code } of made.codes) {
    expect(answers['text/csv']?.toString()).toContain(code);
    expect(answers['text/html']?.toString()).toContain(`<p class="code">${code}</p>`);
  }
  expect(answers['text/html']?.toString()).toContain('until 31 Dec 2027');
  expect(answers['application/pdf']?.subarray(0, 5).toString()).toBe('%PDF-');
});

test('what was redeemed or revoked is printed no more, and its copy is gone', async () => {
  const made = await make({ uses: 2 });
  expect((await redeem(codeOf(made, 2))).status).toBe(200);
  await service.send('POST', `${api}/codes/batches/${made.id}/codes/3/revoke`, { key });
  const left = await again(made.id);
  expect(left.codes.map(({ serial }) => serial)).toEqual([1, 4]);
  expect(left.omitted).toBe(2);
  expect((await sealedOf(made.id)).map(({ sealed }) => sealed === null)).toEqual([false, true, true, false]);
  await service.send('POST', `${api}/codes/batches/${made.id}/revoke`, { key });
  expect((await print(made.id)).status).toBe(410);
  expect((await sealedOf(made.id)).every(({ sealed }) => sealed === null)).toBe(true);
});

test('it takes an API key that may issue', async () => {
  const { id } = await make();
  expect((await print(id, 'text/csv', await service.key('read'))).status).toBe(403);
  expect((await print('0'.repeat(22))).status).toBe(404);
  expect((await service.send('GET', `${api}/codes/batches/${id}/cards`)).status).toBe(401);
});

describe('a sealed code', () => {
  test('says nothing to who has the database alone', async () => {
    const made = await make();
    const rows = await service.database.sql.unsafe('select c::text as row from codes c');
    const dump = rows.map(({ row }) => row as string).join('\n');
    for (const { code } of made.codes) {
      for (const text of [code, code.replaceAll('-', '')]) {
        expect(dump).not.toContain(text);
        expect(dump).not.toContain(Buffer.from(text).toString('hex'));
      }
    }
    // The same code sealed twice is not the same.
    const seal = batchSeal(codesKey, made.id);
    expect(seal.close(1, 'A').equals(seal.close(1, 'A'))).toBe(false);
  });

  test('opens only with its key, its batch and its serial, unchanged', async () => {
    const [one, two] = [await make(), await make()];
    const [first, second] = (await sealedOf(one.id)).map(({ sealed }) => sealed as Buffer) as [
      Buffer,
      Buffer,
    ];
    const seal = batchSeal(codesKey, one.id);
    expect(seal.open(1, first)).toBe(codeOf(one, 1));
    expect(seal.open(1, second)).toBeUndefined();
    expect(batchSeal(codesKey, two.id).open(1, first)).toBeUndefined();
    expect(batchSeal(randomBytes(32), one.id).open(1, first)).toBeUndefined();
    for (let i = 0; i < first.length; i++) {
      const changed = Buffer.from(first);
      changed[i] = (changed[i] as number) ^ 1;
      expect(seal.open(1, changed)).toBeUndefined();
    }
    for (const cut of [0, 12, 27, first.length - 1])
      expect(seal.open(1, first.subarray(0, cut))).toBeUndefined();
    const swap = service.database
      .sql`update codes set sealed = ${second} where batch_id = ${one.id} and serial = 1`;
    await swap;
    expect((await print(one.id)).status).toBe(503);
  });

  test('under another codes.key is not printed, and that is said', async () => {
    const { id } = await make();
    const own = codesKey;
    codesKey = randomBytes(32);
    const answer = await print(id);
    codesKey = own;
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain('another codes.key');
    expect((await print(id)).status).toBe(200);
  });
});

describe('sealed copies go', () => {
  const sealedBatches = async () =>
    (await service.database.sql`select id from code_batches where sealed`).map(({ id }) => id as string);

  test('when redeeming is over', async () => {
    const over = await make({ redeem_until: new Date(now + 1000).toISOString() });
    const open = await make({ redeem_until: new Date(now + 60_000).toISOString() });
    await forgetSealed(service.deps.sql, true, new Date(now + 2000));
    expect((await print(over.id)).status).toBe(410);
    expect((await again(open.id)).codes).toHaveLength(4);
    expect(await sealedBatches()).not.toContain(over.id);
    expect(await sealedBatches()).toContain(open.id);
  });

  test('when [codes] reprint is off, and none is made then', async () => {
    const env = { TALLYGATE_DATABASE_URL: service.database.url, TALLYGATE_CODES_REPRINT: 'false' };
    const off = await startService({
      ...{ sql: service.deps.sql, now: () => now, origin: 'http://127.0.0.1:1' },
      config: loadConfig({ env }),
    });
    const before = await make();
    const answer = await off.send('POST', `${api}/codes`, {
      key,
      body: { label: 'x', paths: ['/a'], count: 1 },
    });
    const { id } = (await answer.json()) as Codes;
    expect((await sealedOf(id)).map(({ sealed }) => sealed)).toEqual([null]);
    await forgetSealed(service.deps.sql, off.deps.config.codes.reprint, new Date(now));
    await off.stop();
    expect((await print(before.id)).status).toBe(410);
    expect(await sealedBatches()).toEqual([]);
    // Its codes can be redeemed all the same.
    expect((await redeem(codeOf(before, 1))).status).toBe(200);
  });
});

test('a key that may only issue prints its own batches, and knows of no other', async () => {
  const mine = await service.key('issue');
  const made = await make();
  expect((await print(made.id, 'application/json', mine)).status).toBe(404);
  const own = await service.send('POST', `${api}/codes`, {
    key: mine,
    body: { label: 'Own', paths: ['/lp/a.flac'], count: 1 },
  });
  const { id } = (await own.json()) as Codes;
  expect((await print(id, 'application/json', mine)).status).toBe(200);
});
