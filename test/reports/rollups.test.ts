// What the agent adds to the tallies it adds to their coarser sums, in the same transaction.

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { until } from '../../app/process/until.ts';
import { temporaryFolder } from '../harness/folders.ts';
import { createDatabase } from '../harness/postgres.ts';
import { spawnTallygate } from '../harness/program.ts';
import { dayOf, lines, noon, visitor } from '../ingest/records.ts';

it('sums, days and months agree with the buckets, also where a transfer moves between them', async () => {
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  const { sql } = database;
  const log = path.join(await temporaryFolder('rollups'), 'downloads.log');
  const month = 30 * 86_400;
  const records = Array.from({ length: 300 }, (_, index) => ({
    path: `/files/${index % 7}.iso`,
    visitor: visitor(`v${index % 50}`),
    // Backwards, so that later lines move the beginning of transfers into earlier buckets.
    at: noon - (index % 3) * month - index * 60,
    sent: 250,
    from: (index % 4) * 250,
    agent: index % 5 === 0 ? 'curl/8.5' : 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Firefox/128.0',
  }));
  await writeFile(log, lines(records.slice(0, 150)));
  const agent = await spawnTallygate(['agent'], {
    env: { TALLYGATE_DATABASE_URL: database.url, TALLYGATE_AGENT_LOGS: log, TALLYGATE_EDGE: 'fra1' },
  });
  onTestFinished(async () => void (await agent.stop()));
  const counted = async () => Number((await sql`select sum(requests) as n from tallies`)[0]?.n ?? 0);
  await until(async () => (await counted()) === 150, 'the first half');
  await writeFile(log, lines(records.slice(150)), { flag: 'a' });
  await until(async () => (await counted()) === 300, 'the second half');

  const rollups = async () => ({
    totals: await sql`select * from tally_totals order by bucket, class, edge`,
    days: await sql`select * from tally_days order by file_id, day, class, edge`,
    months: await sql`select * from tally_months order by file_id, month, class, edge`,
  });
  const kept = await rollups();
  expect(kept.months.length).toBeGreaterThan(7);
  await sql`call refresh_rollups(${dayOf(noon - 3 * month)}::date, ${dayOf(noon + 86_400)}::date)`;
  expect(kept).toEqual(await rollups());
});
