// What app/db/patches mends in postgres.js: whatever is cut off is rejected, soon, and the pool goes on.

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type postgres from 'postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect, isUnreachable, type Sql } from '../../app/db/connection.ts';
import { until } from '../../app/process/until.ts';
import { createDatabase, type TestDatabase } from '../harness/postgres.ts';

let db: TestDatabase;
let writer: Sql;
beforeAll(async () => {
  db = await createDatabase({ template: false });
  await db.sql.unsafe(`
    create table numbers (n integer);
    create function wait_for_lock() returns trigger language plpgsql as
      $$ begin if new.n = 42 then perform pg_advisory_xact_lock(42); end if; return new; end $$;
    create trigger slow before insert on numbers for each row execute function wait_for_lock()`);
  writer = connect(db.url, { max: 1 });
});
afterAll(async () => {
  await writer.end({ timeout: 1 });
  await db.drop();
});

const copy = (...chunks: string[]) =>
  writer.begin(async (tx) => {
    const stream = await tx`copy numbers from stdin`.writable();
    await pipeline(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), stream);
  });

const sum = async () => (await writer`select sum(n)::int as sum from numbers`)[0]?.sum;

/** Ends the writer's connection while its work waits for a lock that somebody else holds. */
async function cutOff(work: () => Promise<unknown>): Promise<void> {
  const [session] = await writer<{ pid: number }[]>`select pg_backend_pid() as pid`;
  const pid = session?.pid ?? 0;
  await db.sql.begin(async (holder) => {
    await holder`select pg_advisory_xact_lock(42)`;
    const cut = expect(work()).rejects.toSatisfy(isUnreachable);
    await until(async () => {
      const waiting = await db.sql`select from pg_locks where pid = ${pid} and not granted`;
      return waiting.length > 0;
    }, 'the work to wait for the lock');
    await db.sql`select pg_terminate_backend(${pid}::int)`;
    await cut;
  });
}

it('a COPY takes all chunks, wherever they are cut', async () => {
  await copy('1\n2', '0\n', '3\n');
  expect(await sum()).toBe(24);
});

it('a COPY fails with the SQLSTATE of what its last chunk holds', async () => {
  await expect(copy('100\n', 'many\n')).rejects.toMatchObject({ code: '22P02' });
  expect(await sum()).toBe(24);
});

it('a COPY fails when the connection ends before it is answered', async () => {
  await cutOff(() => copy('42\n'));
  expect(await sum()).toBe(24);
});

it.each<[string, (tx: postgres.TransactionSql) => Promise<unknown>]>([
  ['at its only statement', (tx) => tx`insert into numbers values (42)`],
  [
    'with others behind it',
    (tx) => Promise.all([42, 1, 1].map((n) => tx`insert into numbers values (${n})`)),
  ],
])('a transaction fails when the connection ends, %s', async (_, work) => {
  await cutOff(() => writer.begin(work));
  expect(await sum()).toBe(24);
});
