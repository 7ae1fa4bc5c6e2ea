// drizzle over our pool: it changes nothing for the SQL beside it, prepares as that does, and its errors hold no
// parameters.

import { eq, sql as expression } from 'drizzle-orm';
import { stdSerializers } from 'pino';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { connect, errorCode } from '../../app/db/connection.ts';
import { builtOnce, orm } from '../../app/db/orm.ts';
import { files, settings, sources, tallyDays } from '../../app/db/schema/counting.ts';
import { codeBatches, tokens } from '../../app/db/schema/service.ts';
import { inTransaction } from '../../app/db/transaction.ts';
import { createDatabase, type TestDatabase } from '../harness/postgres.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

function pool(query = '') {
  const sql = connect(`${database.url}${query}`, { max: 1 });
  onTestFinished(() => sql.end({ timeout: 5 }));
  return sql;
}

const moment = new Date('2026-11-21T12:34:56.789Z');
const batch = {
  id: 'batch',
  createdAt: moment,
  label: '',
  title: '"Quoted", {braced} and back\\slashed',
  paths: ['/a "b",c', '/{d}', '/e\\f', 'null', ''],
  sizes: [null, 0, 2 ** 53 - 1],
  uses: 1,
  startSeconds: 1,
  holdSeconds: 1,
  artwork: Buffer.from([0, 1, 0x5c, 0xff]),
  artworkType: 'image/png' as const,
};

describe('values', () => {
  it('come back as they went: times, texts, numbers, bytes', async () => {
    const db = orm(database.sql);
    await db.insert(codeBatches).values(batch);
    const [row] = await db.select().from(codeBatches).where(eq(codeBatches.id, batch.id));
    expect(row).toEqual({ ...batch, redeemUntil: null, issuedBy: '', revokedAt: null, sealed: false });
  });

  it.each([['a text'], ['"7"'], [7], [[1, 'two']], [{ three: [null] }]])('JSON: %j', async (value) => {
    const db = orm(database.sql);
    const name = JSON.stringify(value);
    await db.insert(settings).values({ name, value });
    const [row] = await db.select().from(settings).where(eq(settings.name, name));
    expect(row?.value).toEqual(value);
    const [raw] =
      await database.sql`select value = ${name}::text::jsonb as same from settings where name = ${name}`;
    expect(raw?.same).toBe(true);
  });

  it('64-bit numbers and days', async () => {
    const db = orm(database.sql);
    const day = { fileId: -(2n ** 63n), day: '2026-11-21', class: 'tool' as const, edge: '' };
    const sums = { requests: 1, downloads: 2, completed: 3, copies: 4, bytes: 2 ** 53 - 1, sizeUnknown: 5 };
    await db.insert(tallyDays).values({ ...day, ...sums });
    expect(await db.select().from(tallyDays)).toEqual([{ ...day, ...sums }]);
  });
});

describe('the pool', () => {
  it('still gives dates and takes JSON in SQL', async () => {
    const sql = pool();
    await orm(sql).select().from(files);
    const [row] = await sql`
      select ${moment}::timestamptz as moment, '2026-11-21'::date as day, ${sql.json({ a: 1 })}::jsonb as json`;
    expect(row).toEqual({ moment, day: new Date('2026-11-21'), json: { a: 1 } });
  });

  it.each([
    ['prepares', '', 1],
    ['prepares nothing behind PgBouncer', '?prepare=false', 0],
  ])('%s', async (_, query, prepared) => {
    const sql = pool(query);
    const read = () => orm(sql).select().from(sources).where(eq(sources.edge, 'e'));
    await read();
    await read();
    const rows = await sql`select from pg_prepared_statements where statement like ${'%from "sources"%'}`;
    expect(rows).toHaveLength(prepared);
  });

  it('takes part in a transaction', async () => {
    const sql = pool();
    const undone = inTransaction(sql, async (tx) => {
      await orm(tx).insert(settings).values({ name: 'undone', value: 1 });
      expect(await orm(tx).$count(settings, eq(settings.name, 'undone'))).toBe(1);
      throw new Error('undo');
    });
    await expect(undone).rejects.toThrow('undo');
    expect(await orm(sql).$count(settings, eq(settings.name, 'undone'))).toBe(0);
  });
});

describe('an error', () => {
  const secret = 'what nobody may read';
  const failing: [string, string, () => PromiseLike<unknown>][] = [
    [
      'an insert',
      '23505',
      () => {
        const setting = { name: 'twice', value: secret };
        return orm(database.sql).insert(settings).values([setting, setting]);
      },
    ],
    [
      'a select',
      '22P02',
      () => orm(database.sql).select().from(settings).where(expression`name = ${secret} and 'x' = 1`),
    ],
    ['a count', '22P02', () => orm(database.sql).$count(settings, expression`name = ${secret} and 'x' = 1`)],
    [
      'a statement',
      '42P01',
      () => orm(database.sql).execute(expression`delete from nowhere where a = ${secret}`),
    ],
  ];

  it.each(failing)("of %s is PostgreSQL's own, without parameters", async (_, code, run) => {
    const error = await run().then(undefined, (reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'PostgresError', code });
    expect(errorCode(error)).toBe(code);
    expect(JSON.stringify(stdSerializers.err(error as Error))).not.toContain(secret);
  });

  it('is that of the connection', async () => {
    const sql = connect('postgres://127.0.0.1:1/none', { max: 1 });
    const asked = orm(sql).select().from(tokens).where(eq(tokens.id, 'secret'));
    await expect(asked).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

it('builds a query once for each pool', async () => {
  const built: unknown[] = [];
  const byName = builtOnce((sql) => {
    built.push(sql);
    return orm(sql)
      .select()
      .from(settings)
      .where(eq(settings.name, expression.placeholder('name')))
      .prepare('setting');
  });
  const pools = [pool(), pool()] as const;
  await orm(pools[0])
    .insert(settings)
    .values([
      { name: 'first', value: 1 },
      { name: 'second', value: 2 },
    ]);
  for (const sql of [...pools, ...pools]) {
    for (const [name, value] of [
      ['first', 1],
      ['second', 2],
    ] as const) {
      expect(await byName(sql).execute({ name })).toEqual([{ name, value }]);
    }
  }
  expect(built).toEqual(pools);
});
