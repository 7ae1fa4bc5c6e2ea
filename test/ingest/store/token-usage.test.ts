// What is kept of each token: sums over everyone who has used it.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../harness/postgres.ts';
import { count, writerFor } from '../in-process.ts';
import { lines, noon, type RecordFields, visitor } from '../records.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase();
});
afterEach(() => database.drop());

const issue = (...ids: string[]) => database.sql`
  insert into tokens (id, paths, expires_at, max_copies)
  select id, '{/files/}', now() + interval '1 day', 100 from unnest(${ids}::text[]) as id`;

async function fetch(...records: Partial<RecordFields>[]): Promise<void> {
  const writer = writerFor(database);
  await count(writer, lines(records.map((fields) => ({ status: 206, ...fields }))));
  await writer.close();
}

const usage = () => database.sql`
  select token_id as token, path, u.size::int, u.sent::int, covered_to::int as front, covered::text as rest,
    copies::int, requests::int, extract(epoch from last_at)::float8 as last
  from token_usage u join files f on f.id = u.file_id order by 1, 2, 3`;

it('sums a batch by token and file version, and adds it to what was there', async () => {
  await issue('a', 'b');
  await fetch(
    { token: 'a', sent: 400, at: noon },
    { token: '', sent: 1 },
    { token: 'b', sent: 100, from: 50, at: noon - 9, visitor: visitor('b') },
    { token: 'unknown', sent: 2 },
    { token: 'a', sent: 300, from: 500, at: noon - 86_400, visitor: visitor('another') },
    { token: 'a', sent: 5, path: '/files/b.iso', at: noon - 3 },
    { token: 'b', sent: 100, from: 900, at: noon - 8, visitor: visitor('c') },
    { token: 'a', sent: 50, size: 2000, etag: '"2"', at: noon + 7 },
  );
  const b = {
    token: 'b',
    path: '/files/a.iso',
    size: 1000,
    sent: 200,
    front: 0,
    requests: 2,
    last: noon - 8,
  };
  const beside = [
    { token: 'a', path: '/files/a.iso', size: 2000, sent: 50, front: 50, rest: null, last: noon + 7 },
    { token: 'a', path: '/files/b.iso', size: 1000, sent: 5, front: 5, rest: null, last: noon - 3 },
    { ...b, rest: '{[50,150),[900,1000)}' },
  ];
  const a = { token: 'a', path: '/files/a.iso', size: 1000 };
  expect(await usage()).toMatchObject([
    { ...a, sent: 700, front: 400, rest: '{[500,800)}', copies: 0, requests: 2, last: noon },
    ...beside,
  ]);
  await fetch(
    { token: 'a', sent: 100, from: 400, at: noon + 1 },
    { token: 'a', sent: 200, from: 800, at: noon - 1 },
  );
  expect(await usage()).toMatchObject([
    { ...a, sent: 1000, front: 1000, copies: 1, requests: 4, last: noon + 1 },
    ...beside,
  ]);
});

it('has nothing of a batch without a token, or with none that was issued here', async () => {
  await fetch({ token: '' }, { token: '', visitor: visitor('another') });
  await fetch({ token: 'unknown' }, { token: '' });
  expect(await usage()).toEqual([]);
  expect(await database.sql`select * from denials`).toEqual([]);
});
