// What is copied straight into `transfers`, and what happens when it was there after all.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { Fold } from '../../../app/ingest/fold/fold.ts';
import { createClassifier } from '../../../app/ingest/record/classify.ts';
import { dayLength } from '../../../app/ingest/record/day.ts';
import { Names } from '../../../app/ingest/record/names.ts';
import { KnownTransfers } from '../../../app/ingest/store/known-transfers.ts';
import { createDatabase, type TestDatabase } from '../../harness/postgres.ts';
import { count, writerFor } from '../in-process.ts';
import { counted, expected } from '../oracle.ts';
import { lines, noon, record, visitor } from '../records.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

const day = 20_000;

/** Transfers of one file by visitors numbered from `first` on. */
function foldOf(first: number, size: number, ofDay = day): Fold {
  const names = new Names(createClassifier({ allow: [], deny: [] }));
  const version = names.version('dl.example.org', '/a.iso', '"1"', 1000);
  const origin = names.origin('fra1', 'curl/8', '', '');
  const fold = new Fold(names, size);
  const [token, key, edge] = [names.token(''), names.key(''), names.edge('fra1')];
  const numbers = { version, token, key, edge, origin, at: ofDay * dayLength, ms: 1, from: 0, sent: 1000 };
  for (let n = first; n < first + size; n += 1)
    fold.add({ ...numbers, visitorHi: Math.imul(n, 0x9e3779b1), visitorLo: n });
  return fold;
}

it('never takes for new what it has met, and seldom the other way round', () => {
  const met = new KnownTransfers();
  met.begin(day);
  for (let batch = 0; batch < 10; batch += 1) {
    const { fresh, others } = met.divide(foldOf(batch * 50_000, 50_000));
    expect(fresh.length + others.length).toBe(50_000);
    expect(others.length).toBeLessThan(500);
  }
  for (let batch = 0; batch < 10; batch += 1)
    expect(met.divide(foldOf(batch * 50_000, 50_000)).fresh).toHaveLength(0);
});

it('knows nothing of a day that held transfers before, nor of any after it was told to forget', () => {
  const met = new KnownTransfers();
  met.begin(day);
  const other = foldOf(0, 100, day + 1);
  expect(met.divide(other).fresh).toHaveLength(0);
  met.forget();
  const first = foldOf(0, 100);
  expect(met.divide(first).fresh).toHaveLength(0);
});

it('a transfer that another agent has counted meanwhile is joined with it', async () => {
  const of = (name: string, from: number) => record({ visitor: visitor(name), from, sent: 500 });
  const [one, other] = [writerFor(database), writerFor(database)];
  const all = [of('a', 0), of('b', 0), of('b', 500), of('c', 0)];
  const text = (...numbers: number[]) => lines(numbers.map((n) => all[n] ?? {}));
  await count(one, text(0));
  await count(other, text(1));
  await count(one, text(2, 3));
  expect(await counted(database.sql)).toEqual(expected(all));
  await one.close();
  await other.close();
});

it('batches whose days are met while another is stored keep their own sums', async () => {
  const writer = writerFor(database);
  await database.sql`truncate transfers, tallies, tally_totals, tally_days, tally_months, tally_dimensions`;
  // A batch each. The third is divided before the second, whose day PostgreSQL is still asked about.
  const days = [0, 1, 0, 0, 1, 2, 0, 1, 2, 2];
  const all = days.map((day, i) =>
    record({ visitor: visitor(`${i}`), at: noon + day * 86_400 - 259_200, sent: 100 + i }),
  );
  await count(writer, lines(all), 1);
  expect(await counted(database.sql)).toEqual(expected(all));
  const tallied = await database.sql`
    select sum(bytes)::int as bytes from tallies group by bucket order by bucket`;
  const sent = [0, 1, 2].map((day) =>
    all.reduce((sum, { sent }, i) => sum + (days[i] === day ? sent : 0), 0),
  );
  expect(tallied.map(({ bytes }) => bytes)).toEqual(sent);
  await writer.close();
});
