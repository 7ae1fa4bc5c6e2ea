// The arithmetic of a transfer in TypeScript and in SQL: the same state, copies and bucket for any transfer.

import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Fold } from '../../../app/ingest/fold/fold.ts';
import { folderPolicies } from '../../../app/ingest/fold/folders.ts';
import {
  bucketInSql,
  bucketLength,
  bucketOf,
  completedInSql,
  completedOf,
  completeFrom,
  copiesInSql,
  copiesOf,
  downloadInSql,
  downloadOf,
  type Policy,
  sizeUnknownInSql,
  sizeUnknownOf,
  stateInSql,
  stateOf,
  withPolicy,
} from '../../../app/ingest/fold/transfer.ts';
import { createClassifier } from '../../../app/ingest/record/classify.ts';
import { Names } from '../../../app/ingest/record/names.ts';
import { createDatabase, type TestDatabase } from '../../harness/postgres.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

/** A transfer as requests: each of some bytes from a place on. The size may be unknown, or smaller than what was sent. */
const transfer = fc.record({
  size: fc.constantFrom(0, 1, 7, 1000, 1001, 2 ** 40),
  path: fc.constantFrom('/a.iso', '/podcasts/1.mp3', '/podcasts/short/2.mp3'),
  at: fc.integer({ min: 1_000_000_000_000, max: 1_900_000_000_000 }),
  parts: fc.array(
    fc.record({
      from: fc.constantFrom(-1, 0, 3, 7, 500, 999),
      sent: fc.constantFrom(0, 1, 4, 500, 1000, 5000),
    }),
    {
      minLength: 1,
      maxLength: 6,
    },
  ),
});
const numbers = {
  minBytes: fc.constantFrom(0, 1, 1000),
  completeRatio: fc.constantFrom(0.5, 0.1, 0.7, 0.95, 1),
};
const policy: fc.Arbitrary<Policy> = fc.record({
  ...numbers,
  folders: fc.uniqueArray(
    fc.record({ path: fc.constantFrom('/podcasts/', '/podcasts/short/'), ...numbers }),
    { selector: ({ path }) => path },
  ),
});

type Came = Record<'state' | 'downloads' | 'completed' | 'copies' | 'unknown' | 'bucket', number>;

function inTypeScript(fold: Fold, index: number, by: Policy): Came {
  const state = stateOf(fold, index, by);
  const size = fold.names.versions[fold.version[index] as number]?.size ?? 0;
  return {
    state,
    downloads: downloadOf(state),
    completed: completedOf(state),
    copies: copiesOf(state, fold.sent[index] as number, size),
    unknown: sizeUnknownOf(state, size),
    bucket: bucketOf(fold.firstAt[index] as number),
  };
}

const statement = `
  select state, ${downloadInSql('state')} as downloads, ${completedInSql('state')} as completed,
    ${copiesInSql('state >= 2', 'sent', 'size')}::float8 as copies,
    ${sizeUnknownInSql('state', 'size')} as unknown,
    (extract(epoch from ${bucketInSql('first_at')}) * 1000 / ${bucketLength})::float8 as bucket
  from (
    select *, ${stateInSql('sent', 'size', 'front', 'rest', { minBytes: 'min_bytes', completeFrom: 'complete_from' })} as state
    from unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::int8multirange[], $7::float8[], $8::bigint[], $9::bigint[])
      as u(sent, size, front, rest, first_ms, min_bytes, complete_from)
    cross join lateral (select to_timestamp(first_ms / 1000) as first_at) as at
  ) t`;

it('comes to the same in TypeScript and in SQL', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(transfer, { minLength: 1, maxLength: 50 }), policy, async (transfers, by) => {
      const names = new Names(createClassifier({ allow: [], deny: [] }), folderPolicies(by.folders));
      const fold = new Fold(names, 1000);
      const same = {
        visitorHi: 0,
        token: names.token(''),
        key: names.key(''),
        edge: names.edge('e'),
        ms: 0,
      };
      const origin = names.origin('e', 'curl/8', '', '');
      transfers.forEach(({ size, path, at, parts }, n) => {
        const version = names.version('dl.example.org', path, '', size);
        for (const part of parts) fold.add({ ...same, ...part, visitorLo: n, version, origin, at });
      });
      const columns: (string | null)[][] = [[], [], [], [], [], [], []];
      for (let index = 0; index < fold.size; index += 1) {
        const rest = fold.beyond.get(index) ?? [];
        const ranges = rest.flatMap((from, i) => (i % 2 === 0 ? [`[${from},${rest[i + 1]})`] : []));
        const version = names.versions[fold.version[index] as number];
        const row = [
          fold.sent[index],
          version?.size,
          fold.front[index],
          `{${ranges.join(',')}}`,
          fold.firstAt[index],
          version?.policy?.minBytes,
          version?.policy && completeFrom(version.policy.completeRatio, version.size),
        ];
        for (const [column, value] of row.entries())
          columns[column]?.push(value === undefined ? null : String(value));
      }
      const rows = await database.sql.unsafe<Came[]>(
        withPolicy(statement, by).replaceAll(/\$([3-9])/g, (_, n) => `$${n - 2}`),
        columns,
      );
      expect([...rows].map((row) => ({ ...row }))).toEqual(
        Array.from({ length: fold.size }, (_, index) => inTypeScript(fold, index, by)),
      );
    }),
    { numRuns: 50 },
  );
});
