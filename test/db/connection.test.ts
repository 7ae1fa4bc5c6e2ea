// What app/db/patches mends in postgres.js: whatever is cut off is rejected, soon, and the pool goes on. Its README says
// which test is for what. Without the patch some end in an unhandled error, which vitest reports beside the tests.

import net from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type postgres from 'postgres';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { connect, isUnreachable, type Sql } from '../../app/db/connection.ts';
import { until } from '../../app/process/until.ts';
import { createDatabase, type TestDatabase } from '../harness/postgres.ts';
import { wayTo } from './cut-off.ts';

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

const end = (application: string) =>
  db.sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = ${application}`;

/** A pool of the test's own, whose connections `end` finds by their name. */
function pool(application: string, url = db.url, max = 1): Sql {
  const sql = connect(url, { max, connection: { application_name: application } });
  onTestFinished(() => sql.end({ timeout: 1 }));
  return sql;
}

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

it('a transaction fails when the connection ends between two statements, and so does what it sends afterwards', async () => {
  const sql = pool('between');
  let over = () => {};
  const isOver = new Promise<void>((resolve) => {
    over = resolve;
  });
  let late: Promise<unknown> | undefined;
  const work = sql.begin(async (tx) => {
    await tx`select 1`;
    await end('between');
    await isOver;
    late = tx`insert into numbers values (${1})`.execute();
    await late;
  });
  await expect(work).rejects.toSatisfy(isUnreachable);
  over();
  await until(() => late !== undefined, 'the late statement');
  await expect(late).rejects.toSatisfy(isUnreachable);
  expect(await sql`select ${2}::int as n`).toEqual([{ n: 2 }]);
});

it('a transaction fails when the connection is reset, and the next one works', async () => {
  const way = await wayTo(db.url);
  const sql = pool('reset', way.url);
  const work = sql.begin(async (tx) => {
    await tx`select 1`;
    const slow = tx`select pg_sleep(${60})`.execute();
    await until(async () => {
      const busy = await db.sql`
        select from pg_stat_activity where application_name = 'reset' and wait_event = 'PgSleep'`;
      return busy.length > 0;
    }, 'the statement to run');
    way.reset();
    await slow;
  });
  await expect(work).rejects.toSatisfy(isUnreachable);
  for (const n of [1, 2]) expect(await sql.begin((tx) => tx`select ${n}::int as n`)).toEqual([{ n }]);
});

it('the pool goes on when all its connections end at once, and somebody tries again at once', async () => {
  const sql = pool('all', db.url, 2);
  const both = () => Promise.all([sql`select pg_sleep(0.01)`, sql`select pg_sleep(0.01)`]);
  // It depends on which of the two the driver sees first.
  for (let round = 0; round < 20; round++) {
    await until(
      () =>
        both().then(
          () => true,
          () => false,
        ),
      'both connections',
    );
    const again = sql`select pg_sleep(60)`.catch(() => sql`select 1`).catch(() => {});
    await until(async () => {
      const busy = await db.sql`
        select from pg_stat_activity where application_name = 'all' and wait_event = 'PgSleep'`;
      return busy.length === 1;
    }, 'one of them to be busy');
    await end('all');
    await again;
  }
  await until(
    () =>
      both().then(
        () => true,
        () => false,
      ),
    'both connections',
  );
});

it('a connection that ends while array types are fetched is opened anew', async () => {
  let first = true;
  const way = await wayTo(db.url, (sent) => {
    if (!first || !sent.includes('pg_catalog.pg_type')) return false;
    first = false;
    void end('types').execute();
    return true;
  });
  expect(await pool('types', way.url)`select 1 as n`).toEqual([{ n: 1 }]);
  expect(first).toBe(false);
});

it('a connection that is reset while array types are fetched fails its query alone', async () => {
  let first = true;
  const way = await wayTo(db.url, (sent, { reset }) => {
    if (!first || !sent.includes('pg_catalog.pg_type')) return false;
    first = false;
    reset();
    return true;
  });
  const sql = pool('types reset', way.url);
  await expect(sql`select 1 as n`).rejects.toSatisfy(isUnreachable);
  expect(await sql`select ${[1, 2]}::int[] as n`).toEqual([{ n: [1, 2] }]);
});

it.each(['is read on', 'is given up'])(
  'a cursor whose connection ends between two pages fails when it %s',
  async (how) => {
    const sql = pool('cursor');
    const read = async () => {
      let pages = 0;
      for await (const _ of sql`select generate_series(1, 2000)`.cursor(500)) {
        pages += 1;
        await end('cursor');
        await until(async () => (await sql`select 1`.catch(() => [])).length === 1, 'the next connection');
        if (how === 'is given up') break;
      }
      return pages;
    };
    if (how === 'is given up') expect(await read()).toBe(1);
    else await expect(read()).rejects.toSatisfy(isUnreachable);
    expect(await sql`select 1 as n`).toEqual([{ n: 1 }]);
  },
);

it('a COPY is sent without delay, and its chunks as they are', async () => {
  const noDelay = vi.spyOn(net.Socket.prototype, 'setNoDelay');
  const write = vi.spyOn(net.Socket.prototype, 'write');
  onTestFinished(() => void vi.restoreAllMocks());
  const sql = pool('copy');
  const chunk = Buffer.from('1\n'.repeat(100_000));
  await sql.begin(async (tx) => {
    await tx`create temporary table ones (n integer) on commit drop`;
    await pipeline(Readable.from([chunk]), await tx`copy ones from stdin`.writable());
  });
  expect(noDelay).toHaveBeenCalledWith(true);
  expect(write.mock.calls.some(([sent]) => (sent as unknown) === chunk)).toBe(true);
});

it('a COPY that ended well is followed by nothing: the server still ends a session that falls silent', async () => {
  const sql = pool('silent');
  const sessions = () => db.sql`select from pg_stat_activity where application_name = 'silent'`;
  let ended: Promise<boolean> | undefined;
  const work = sql.begin(async (tx) => {
    await tx`set local idle_in_transaction_session_timeout = '200ms'`;
    await tx`create temporary table ones (n integer) on commit drop`;
    await pipeline(Readable.from([Buffer.from('1\n')]), await tx`copy ones from stdin`.writable());
    ended = until(async () => (await sessions()).length === 0, 'the server to end the session', 20_000);
    await ended;
  });
  await expect(work).rejects.toThrow();
  await expect(ended).resolves.toBe(true);
});
