// A part of `make truth`: every scenario once with one size, and what the clients received beside what is counted.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../harness/folders.ts';
import { createDatabase } from '../harness/postgres.ts';
import { startBrowser } from '../pages/browser.ts';
import { compare, sumOf } from './compare.ts';
import { awstats, awstatsProgram, goaccess, script } from './peers.ts';
import { casesOf, play } from './play.ts';
import { scenarios } from './scenarios.ts';
import { startSite } from './site.ts';
import { lostTable, programTable, scenarioTable } from './table.ts';

const hasGoaccess = spawnSync('goaccess', ['--version']).error === undefined;

test('Tallygate equals the truth wherever a server can know it', async () => {
  const database = await createDatabase();
  const site = await startSite(await temporaryFolder('truth'), database.url);
  const browser = await startBrowser();
  try {
    // A size of each scenario, in turn.
    const few = scenarios.map((scenario, i) => ({
      ...scenario,
      sizes: [scenario.sizes[i % scenario.sizes.length] ?? 0],
    }));
    const played = await play(
      site,
      browser,
      casesOf(few, () => 1),
      { seed: 1, atOnce: 4 },
    );
    const rows = compare(played, await site.counted());
    expect([...played.faults, ...rows.flatMap(({ wrong }) => wrong)]).toEqual([]);
    expect(played.visits).toBeGreaterThan(30);
    const truth = sumOf(rows, 'truth');
    expect(sumOf(rows, 'counted')).toMatchObject({ requests: truth.requests, downloads: truth.downloads });
    // A HEAD is a line of 200, too.
    expect((await script(site.combinedLog)).requests).toBeGreaterThan(truth.requests);
    // The others are installed for the benches alone.
    if (hasGoaccess) expect((await goaccess(site.combinedLog)).requests).toBeGreaterThan(0);
    if (existsSync(awstatsProgram)) expect((await awstats(site.combinedLog)).requests).toBeGreaterThan(0);
    for (const table of [scenarioTable(rows), lostTable(rows, played.requests), programTable(truth, [])])
      expect(table.split('\n').length).toBeGreaterThan(1);
  } finally {
    await browser.close();
    await site.stop();
    await database.drop();
  }
});
