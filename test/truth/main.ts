// `make truth`: some 300 real downloads through a slow proxy that breaks connections. What the clients received is the truth;
// beside it stand Tallygate, GoAccess, AWStats and a script that counts lines. SEED (default 1). Prints tables and, as the
// last line, JSON. The exit code is 0 only if Tallygate equals the truth wherever a server can know it.

import { mkdtempSync, rmSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { migrate } from '../../app/db/migrate.ts';
import { startCluster } from '../../app/run/cluster.ts';
import { startBrowser } from '../pages/browser.ts';
import { compare, sumOf } from './compare.ts';
import { awstats, goaccess, script } from './peers.ts';
import { casesOf, play } from './play.ts';
import { scenarios } from './scenarios.ts';
import { root, startSite } from './site.ts';
import { legend, lostTable, programOf, programTable, scenarioTable } from './table.ts';

const seed = Number(process.env.SEED ?? 1);
const print = (text: string) => process.stdout.write(`${text}\n`);
const folder = mkdtempSync(path.join(tmpdir(), 'tallygate-truth-'));
await chmod(folder, 0o755);
const startedAt = performance.now();
const stops: (() => Promise<unknown>)[] = [];
let code = 1;
try {
  const cluster = await startCluster(path.join(folder, 'postgres'), { fsync: 'off' });
  stops.push(() => cluster.stop());
  await migrate(cluster.url(), path.join(root, 'sql'));
  const site = await startSite(path.join(folder, 'site'), cluster.url());
  stops.push(() => site.stop());
  const browser = await startBrowser();
  stops.push(() => browser.close());
  const cases = casesOf(scenarios, ({ times }) => times);
  process.stderr.write(`tallygate: ${cases.length} scenes with files of their own, seed ${seed}\n`);
  const played = await play(site, browser, cases, { seed, atOnce: 6 });
  const rows = compare(played, await site.counted());
  const [truth, counted] = [sumOf(rows, 'truth'), sumOf(rows, 'counted')];
  const log = site.combinedLog;
  const programs = [
    { name: 'Tallygate', ...counted },
    programOf('GoAccess', await goaccess(log)),
    programOf('AWStats', await awstats(log)),
    programOf('lines of 200 and 206', await script(log)),
  ];
  print(
    `${scenarioTable(rows)}\n\n${lostTable(rows, played.requests)}\n\n${programTable(truth, programs)}\n${legend}\n`,
  );
  const wrong = rows.flatMap((row) =>
    row.wrong.map((what) => `${row.one.scenario.name}, ${row.one.size} bytes, ${row.one.buffer}: ${what}`),
  );
  for (const what of [...played.faults, ...wrong]) print(`WRONG  ${what}`);
  const sentNotReceived = rows.filter((row) => row.sentNotReceived).length;
  const equal = rows.filter((row) => !row.sentNotReceived && row.wrong.length === 0).length;
  print(
    `Of ${rows.length} files ${equal} have the true requests, downloads, completed and copies. Of ${sentNotReceived} a client was cut when the kernel had the rest.`,
  );
  code = played.faults.length + wrong.length === 0 ? 0 : 1;
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  print(
    JSON.stringify({
      seed,
      visits: played.visits,
      files: rows.length,
      equal,
      sent_not_received: sentNotReceived,
      wrong: played.faults.length + wrong.length,
      seconds,
      truth,
      programs,
    }),
  );
} finally {
  for (const stop of stops.reverse()) await stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = code;
