// The order of lines, how they are cut into batches, how many agents read them and how often they are
// replayed change nothing: every table comes out the same, and as an oracle of a few lines computes it.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refreshDimensions } from '../../../app/ingest/store/dimensions.ts';
import { createDatabase, type TestDatabase } from '../../harness/postgres.ts';
import { count, snapshot, writerFor } from '../in-process.ts';
import { counted, expected } from '../oracle.ts';
import { line, noon, type RecordFields, visitor } from '../records.ts';

const databases: TestDatabase[] = [];
beforeAll(async () => {
  databases.push(await createDatabase(), await createDatabase());
});
afterAll(async () => {
  for (const database of databases) await database.drop();
});

const size = 1000;
/** Definitions of their own for one of the files. */
const folders = [{ path: '/ä/', minBytes: 300, completeRatio: 0.5 }];
const fields = fc
  .record({
    visitor: fc.constantFrom('a', 'b', 'c').map(visitor),
    path: fc.constantFrom('/a.iso', '/b.iso', '/ä/c.iso'),
    etag: fc.constantFrom('"1"', '"2"'),
    size: fc.constantFrom(size, size, size, 0),
    token: fc.constantFrom('', '', 'limited', 'other'),
    key: fc.constantFrom('a1', 'b2'),
    // Few moments, so that many requests meet in one millisecond, around a bucket's end and around midnight.
    at: fc.constantFrom(noon, noon + 0.001, noon + 899.999, noon + 900, noon + 43_199.9, noon + 43_200),
    from: fc.constantFrom(0, 0, 100, 250, 500, 900, -1),
    sent: fc.constantFrom(0, 1, 100, 250, 500, 1000),
    agent: fc.constantFrom(
      'curl/8.5.0',
      'Mozilla/5.0 Firefox/128.0',
      'Googlebot/2.1 (+http://www.google.com/bot.html)',
    ),
    referrer: fc.constantFrom('', 'example.org'),
    edge: fc.constantFrom('fra1', 'ams1'),
  })
  .map((record): Partial<RecordFields> => ({ ...record, status: 206 }));

async function clear(database: TestDatabase): Promise<void> {
  await database.sql`truncate transfers, tallies, tally_totals, tally_days, tally_months, key_usage,
    tally_dimensions, tally_visitors, tally_file_visitors, estimated_days, token_usage, files, file_versions, origins, sources, denials, stale_days, rejects, reject_counts`;
}

describe('the same requests', () => {
  it('make the same tables in any order, any batches, by any number of agents, however often replayed', {
    timeout: 300_000,
  }, async () => {
    const [one, other] = databases as [TestDatabase, TestDatabase];
    for (const database of [one, other]) {
      await database.sql`insert into tokens (id, paths, expires_at, max_copies)
        values ('limited', '{/a.iso}', now(), 2)`;
    }
    await fc.assert(
      fc.asyncProperty(
        fc.array(fields, { minLength: 1, maxLength: 60 }),
        fc.infiniteStream(fc.nat()),
        async (records, numbers) => {
          const random = () => numbers.next().value as number;
          const texts = records.map((record) => `${line(record)}\n`);
          await clear(one);
          await clear(other);
          const single = writerFor(one, { folders });
          await count(single, texts.join(''));
          await single.close();
          await refreshDimensions(one.sql);

          // Dealt out to three logs in another order, read by two agents at once, in small batches, and twice.
          const shuffled = texts.map((text) => ({ text, rank: random() })).sort((a, b) => a.rank - b.rank);
          const logs = [0, 1, 2].map((log) =>
            shuffled
              .filter((_, i) => i % 3 === log)
              .map(({ text }) => text)
              .join(''),
          );
          const agents = [writerFor(other, { folders }), writerFor(other, { folders })];
          for (const log of [...logs, ...logs].filter((text) => text !== '')) {
            const agent = agents[random() % 2] as (typeof agents)[number];
            await count(agent, log, 1 + (random() % 7));
          }
          for (const agent of agents) await agent.close();
          await refreshDimensions(other.sql);
          expect(await snapshot(other)).toEqual(await snapshot(one));
          expect(await counted(one.sql)).toEqual(expected(records, folders));
        },
      ),
      { numRuns: 60, endOnFailure: true },
    );
  });
});
