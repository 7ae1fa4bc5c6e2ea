// Rows on their way to PostgreSQL, through chunks that share their memory.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../harness/postgres.ts';
import { count, snapshot, writerFor } from '../in-process.ts';
import { lines, noon, type RecordFields, visitor } from '../records.ts';

let databases: TestDatabase[];
beforeEach(async () => {
  databases = [await createDatabase(), await createDatabase()];
});
afterEach(() => Promise.all(databases.map((database) => database.drop())));

const size = 1_000_000;

/** One visitor's requests for every second ten bytes of a file: as many ranges, of which none touch. */
function ranges(name: string, many: number): Partial<RecordFields>[] {
  return Array.from({ length: many }, (_, i) => ({
    visitor: visitor(name),
    size,
    from: 10 + 20 * i,
    sent: 10,
    at: noon + i / 1000,
  }));
}

const plain = (many: number) =>
  Array.from({ length: many }, (_, i) => ({ visitor: visitor(`plain ${i}`), at: noon }));

it.each([
  ['thousands of short rows', plain(5000)],
  [
    'few rows, each far longer than most',
    Array.from({ length: 40 }, (_, i) => ranges(`many ${i}`, 600)).flat(),
  ],
  [
    'one longer than a chunk between short ones',
    [...plain(2000), ...ranges('crowd', 12_000), ...plain(3000)],
  ],
])('%s: the same tables from one batch as from many small ones', async (_, records) => {
  const text = lines(records);
  const [one, many] = databases as [TestDatabase, TestDatabase];
  for (const [database, most] of [
    [one, 100_000],
    [many, 400],
  ] as const) {
    const writer = writerFor(database);
    await count(writer, text, most);
    await writer.close();
  }
  expect(await snapshot(one)).toEqual(await snapshot(many));
});
