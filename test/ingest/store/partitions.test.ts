// Partitions by day, retention, late lines, and the sums by dimension.

import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Sql } from '../../../app/db/connection.ts';
import { rebuildDay } from '../../../app/ingest/history/rebuild.ts';
import { ingestStream } from '../../../app/ingest/history/stream.ts';
import { createClassifier } from '../../../app/ingest/record/classify.ts';
import { dateText } from '../../../app/ingest/record/day.ts';
import { holdDimensions, refreshDimensions, writeDimensions } from '../../../app/ingest/store/dimensions.ts';
import { closeOldDays, openDays } from '../../../app/ingest/store/partitions.ts';
import { CursorMoved } from '../../../app/ingest/store/store-batch.ts';
import { until } from '../../../app/process/until.ts';
import { createDatabase, type TestDatabase } from '../../harness/postgres.ts';
import { count, policy, writerFor } from '../in-process.ts';
import { dayOf, lines, noon, visitor } from '../records.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase();
});
afterEach(() => database.drop());

const day = Math.floor(noon / 86_400);
const dimensions = async () => [
  ...(await database.sql`select dimension, value, class, downloads::int, bytes::int from tally_dimensions order by 1, 2, 3`),
];

it('makes each partition once, however many ask', async () => {
  await Promise.all(Array.from({ length: 4 }, () => openDays(database.sql, [day, day + 1])));
  expect(await database.sql`select 1 from pg_inherits where inhparent = 'transfers'::regclass`).toHaveLength(
    2,
  );
});

it('rolls up referrers, clients and countries of days that changed, bots apart', async () => {
  const writer = writerFor(database);
  await count(
    writer,
    lines([
      { country: 'DE' },
      { agent: 'Googlebot/2.1 (+http://www.google.com/bot.html)', visitor: visitor('g') },
    ]),
  );
  expect(await refreshDimensions(database.sql)).toEqual([dayOf(noon)]);
  expect(await dimensions()).toEqual([
    { dimension: 'client', value: 'Firefox', class: 'person', downloads: 1, bytes: 1000 },
    { dimension: 'client', value: 'Googlebot', class: 'bot', downloads: 1, bytes: 1000 },
    { dimension: 'country', value: '', class: 'bot', downloads: 1, bytes: 1000 },
    { dimension: 'country', value: 'DE', class: 'person', downloads: 1, bytes: 1000 },
    { dimension: 'referrer', value: 'example.org', class: 'person', downloads: 1, bytes: 1000 },
    { dimension: 'referrer', value: 'example.org', class: 'bot', downloads: 1, bytes: 1000 },
  ]);
  expect(await refreshDimensions(database.sql)).toEqual([]);
  await writer.close();
});

it('finds the days past their retention among as many as are usually kept', async () => {
  const writer = writerFor(database);
  await count(writer, lines([{}]));
  await writer.close();
  await openDays(
    database.sql,
    Array.from({ length: 120 }, (_, i) => day + 1 + i),
  );
  // What autovacuum does sooner or later. It changes the plans of queries over the catalogue.
  await database.sql`analyze pg_class`;
  await database.sql`analyze pg_inherits`;
  expect(await closeOldDays(database.sql, day)).toEqual([]);
  expect(await closeOldDays(database.sql, day + 2)).toEqual([day, day + 1].map(dateText));
  const [left] = await database.sql`
    select count(*)::int as days from pg_inherits where inhparent = 'transfers'::regclass`;
  expect(left).toEqual({ days: 119 });
});

it.each([
  ['a day is closed', (sql: Sql) => closeOldDays(sql, day + 1)],
  ['a day is rebuilt', (sql: Sql) => rebuildDay(sql, dayOf(noon), policy, false)],
])('%s only after the sums that are being rolled up', async (_, work) => {
  const { sql } = database;
  const writer = writerFor(database);
  await count(writer, lines([{}]));
  await writer.close();
  await refreshDimensions(sql);
  const before = await dimensions();
  let working: Promise<unknown> | undefined;
  await sql.begin(async (tx) => {
    await holdDimensions(tx);
    await tx`delete from tally_dimensions where day = ${dayOf(noon)}`;
    working = work(sql);
    await until(async () => {
      const waiting = await sql`
        select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      return waiting.length > 0;
    }, 'the other to wait');
    await writeDimensions(tx, dayOf(noon));
  });
  await working;
  expect(await dimensions()).toEqual(before);
});

it('drops transfers past their retention, keeps every sum, and rejects what comes late', async () => {
  const writer = writerFor(database);
  await count(writer, lines([{}, { at: noon + 86_400 }]));
  const before = await database.sql`select * from tallies order by bucket`;
  expect(await closeOldDays(database.sql, day + 1)).toEqual([dayOf(noon)]);
  expect([...(await database.sql`select * from tallies order by bucket`)]).toEqual([...before]);
  expect((await dimensions()).length).toBe(3);
  expect(await database.sql`select 1 from transfers`).toHaveLength(1);
  await writer.close();
  const late = writerFor(database);
  const text = lines([{ at: noon + 86_401 }, { visitor: visitor('late') }]);
  await expect(count(late, text)).rejects.toThrow(CursorMoved);
  await count(late, text);
  expect([...(await database.sql`select reason, lines::int from reject_counts`)]).toEqual([
    { reason: 'day_closed', lines: 1 },
  ]);
  await late.close();
});

it('rejects what comes late by a stream, too', async () => {
  const late = Math.floor(Date.now() / 1000) - 30 * 3600;
  const closed = Math.floor(late / 86_400);
  await openDays(database.sql, [closed]);
  expect(await closeOldDays(database.sql, closed + 1)).toEqual([dateText(closed)]);
  const records = lines([{ at: late }, { at: late + 86_400, visitor: visitor('in time') }]);
  const about = { edge: 'fra1', policy, classify: createClassifier({}) };
  const stream = Readable.from([Buffer.from(records)]);
  expect(await ingestStream(database.sql, stream, about, new AbortController().signal)).toEqual({
    lines: 2,
    requests: 1,
    duplicates: 0,
    rejects: 1,
  });
  expect([...(await database.sql`select reason, lines::int from reject_counts`)]).toEqual([
    { reason: 'day_closed', lines: 1 },
  ]);
});

const unexpected = () => {
  throw new Error('nobody else imports');
};

it('closes no day while history is imported', async () => {
  const writer = writerFor(database);
  await count(writer, lines([{}]));
  const { whileImporting } = await import('../../../app/ingest/history/while-importing.ts');
  await whileImporting(database.url, unexpected, async () => {
    expect(await closeOldDays(database.sql, day + 1)).toEqual([]);
  });
  expect(await closeOldDays(database.sql, day + 1)).toEqual([dayOf(noon)]);
  await writer.close();
});
