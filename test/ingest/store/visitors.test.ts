// Different visitors of a day: exact, of all files and of each, and kept when the day's transfers are dropped.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { dayOf as dayNumber } from '../../../app/ingest/record/day.ts';
import { refreshDimensions } from '../../../app/ingest/store/dimensions.ts';
import { closeOldDays } from '../../../app/ingest/store/partitions.ts';
import { createDatabase, type TestDatabase } from '../../harness/postgres.ts';
import { count, writerFor } from '../in-process.ts';
import { dayOf, lines, noon, visitor } from '../records.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase();
});
afterEach(() => database.drop());

const agents = {
  person: 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
  tool: 'curl/8.5.0',
};
const tomorrow = noon + 86_400;
const records = [
  // One person and two files, in several requests and versions; a tool; one who got nothing.
  { visitor: visitor('p'), agent: agents.person, path: '/a.iso', sent: 400 },
  { visitor: visitor('p'), agent: agents.person, path: '/a.iso', sent: 600, from: 400, at: noon + 60 },
  { visitor: visitor('p'), agent: agents.person, path: '/a.iso', etag: '"new"', at: noon + 90 },
  { visitor: visitor('p'), agent: agents.person, path: '/b.iso', edge: 'ams1' },
  { visitor: visitor('t'), agent: agents.tool, path: '/a.iso' },
  { visitor: visitor('none'), agent: agents.person, path: '/a.iso', sent: 0 },
  { visitor: visitor('p2'), agent: agents.person, path: '/b.iso', at: tomorrow },
  { visitor: visitor('p3'), agent: agents.person, path: '/b.iso', at: tomorrow },
];

const all = async () => {
  const rows = await database.sql`select day::text, class, visitors::int from report.visitors order by 1, 2`;
  return rows.map((row) => [row.day, row.class, row.visitors]);
};
const ofFiles = async () => {
  const rows = await database.sql`
    select day::text, path, class, visitors::int from report.file_visitors order by 1, 2, 3`;
  return rows.map((row) => [row.day, row.path, row.class, row.visitors]);
};

it('counts everybody once a day, over all files and for each, and keeps it', async () => {
  const writer = writerFor(database);
  await count(writer, lines(records), 2);
  await writer.close();
  await refreshDimensions(database.sql);
  const [day, next] = [dayOf(noon), dayOf(tomorrow)];
  const expected = {
    all: [
      [day, 'person', 1],
      [day, 'tool', 1],
      [next, 'person', 2],
    ],
    ofFiles: [
      [day, '/a.iso', 'person', 1],
      [day, '/a.iso', 'tool', 1],
      [day, '/b.iso', 'person', 1],
      [next, '/b.iso', 'person', 2],
    ],
  };
  expect({ all: await all(), ofFiles: await ofFiles() }).toEqual(expected);
  const sums = await database.sql`
    select sum(visitor_days)::int as sum from report.visitor_days where class = 'person'`;
  expect(sums[0]?.sum).toBe(3);
  expect(await closeOldDays(database.sql, dayNumber(tomorrow * 1000))).toEqual([day]);
  expect(await database.sql`select from transfers where day = ${day}`).toHaveLength(0);
  expect({ all: await all(), ofFiles: await ofFiles() }).toEqual(expected);
});
