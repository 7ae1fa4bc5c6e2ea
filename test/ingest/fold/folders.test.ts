// Folders with definitions of their own: TypeScript and SQL choose the same one; a live count, a rebuild with the
// configuration of today and a token's copies go by it.

import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type FolderPolicy, folderPolicies, folderPoliciesInSql } from '../../../app/ingest/fold/folders.ts';
import { rebuildDay } from '../../../app/ingest/history/rebuild.ts';
import { createDatabase, type TestDatabase } from '../../harness/postgres.ts';
import { count, policy, writerFor } from '../in-process.ts';
import { dayOf, lines, noon, type RecordFields, visitor } from '../records.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());
beforeEach(
  () =>
    database.sql`truncate transfers, tallies, tally_totals, tally_days, tally_months, tally_dimensions, files,
      file_versions, origins, sources, token_usage, denials, tokens`,
);

it('the longest path wins, and of two of one length the one that names the host', () => {
  const policyOf = folderPolicies([
    { path: '/a/', minBytes: 1, completeRatio: 1 },
    { path: '/a/b/', minBytes: 2, completeRatio: 1 },
    { path: '/a/b/', host: 'x.example', minBytes: 3, completeRatio: 1 },
  ]);
  const minBytes = (host: string, path: string) => policyOf(host, path)?.minBytes;
  expect(minBytes('y.example', '/a/file')).toBe(1);
  expect(minBytes('y.example', '/a/b/file')).toBe(2);
  expect(minBytes('x.example', '/a/b/file')).toBe(3);
  expect(minBytes('x.example', '/b/file')).toBeUndefined();
});

it('the folder of a file is the same in TypeScript and in SQL', async () => {
  const parts = fc.constantFrom('/', '/a/', '/a/b/', "/a'b/", '/a\\', '/ä/', '/a/b/%_');
  const folder = fc.record({
    path: parts,
    host: fc.constantFrom(undefined, 'x.example', 'y.example'),
    minBytes: fc.nat(1000),
    completeRatio: fc.constantFrom(0.5, 0.9),
  });
  const folders = fc.uniqueArray(folder, { selector: ({ host, path }) => `${host} ${path}`, maxLength: 6 });
  const files = fc.array(
    fc.record({
      host: fc.constantFrom('x.example', 'y.example', 'z.example'),
      path: fc.tuple(parts, parts).map(([one, two]) => `${one}${two}file`),
    }),
    { minLength: 1, maxLength: 20 },
  );
  await fc.assert(
    fc.asyncProperty(folders as fc.Arbitrary<FolderPolicy[]>, files, async (configured, named) => {
      const policyOf = folderPolicies(configured);
      const { minBytes, completeRatio } = folderPoliciesInSql(configured);
      const rows = await database.sql.unsafe(
        `select (${minBytes})::float8 as min_bytes, ${completeRatio} as complete_ratio
         from unnest($1::text[], $2::text[]) as f(host, path)`,
        [named.map(({ host }) => host), named.map(({ path }) => path)],
      );
      expect([...rows].map((row) => [row.min_bytes, row.complete_ratio])).toEqual(
        named.map(({ host, path }) => {
          const own = policyOf(host, path);
          return [own?.minBytes ?? null, own?.completeRatio ?? null];
        }),
      );
    }),
    { numRuns: 50 },
  );
});

const folders = [{ path: '/podcasts/', minBytes: 500, completeRatio: 0.5 }];
const records: Partial<RecordFields>[] = [
  { path: '/podcasts/1.mp3', visitor: visitor('probe'), sent: 2 },
  { path: '/podcasts/1.mp3', visitor: visitor('half'), sent: 300 },
  { path: '/podcasts/1.mp3', visitor: visitor('half'), sent: 300, from: 300, at: noon + 1 },
  { path: '/files/a.iso', visitor: visitor('half'), sent: 600 },
];
const sums = async () => {
  const rows = await database.sql`select path, downloads, completed from report.files order by path`;
  return [...rows].map(({ path, downloads, completed }) => [path, Number(downloads), Number(completed)]);
};
const byFolder = [
  ['/files/a.iso', 1, 0],
  ['/podcasts/1.mp3', 1, 1],
];

it.each([1, 100])('a count in batches of %i lines goes by the folder of the file', async (most) => {
  const writer = writerFor(database, { folders });
  await count(writer, lines(records), most);
  await writer.close();
  expect(await sums()).toEqual(byFolder);
});

it('a rebuild applies the folders of today, and takes them away', async () => {
  const writer = writerFor(database);
  await count(writer, lines(records));
  await writer.close();
  const plain = [
    ['/files/a.iso', 1, 0],
    ['/podcasts/1.mp3', 2, 0],
  ];
  expect(await sums()).toEqual(plain);
  await rebuildDay(database.sql, dayOf(noon), { ...policy, folders }, false);
  expect(await sums()).toEqual(byFolder);
  await rebuildDay(database.sql, dayOf(noon), policy, false);
  expect(await sums()).toEqual(plain);
});

it("a token's copy is complete where its folder says so", async () => {
  await database.sql`insert into tokens (id, paths, expires_at, max_copies)
    values ('T', '{/podcasts/1.mp3}', now() + interval '1 day', 1)`;
  const writer = writerFor(database, { folders });
  await count(writer, lines(records.map((record) => ({ token: 'T', ...record }))), 1);
  await writer.close();
  const [usage] =
    await database.sql`select copies::int from token_usage where size = 1000 order by copies desc`;
  expect(usage?.copies).toBe(1);
});
