// A service on a database that the real agent has filled from a log: several files, days, visitors, classes, a
// token, names that are hostile to HTML, CSV and terminals.

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { connect } from '../../app/db/connection.ts';
import { until } from '../../app/process/until.ts';
import { temporaryFolder } from '../harness/folders.ts';
import { spawnTallygate } from '../harness/program.ts';
import { dayOf, lines, noon, type RecordFields, visitor } from '../ingest/records.ts';
import { startService, type TestService } from '../service/harness.ts';

export const hostileNames = [
  '/files/<script>alert(1)</script>.iso',
  '/files/"onmouseover="alert(1).iso',
  '/files/javascript:alert(1)',
  '/files/\u202egnp.exe',
  '/files/🎵 album (2026).zip',
  `/files/${'long-'.repeat(800)}.zip`,
  '/files/a&b=c?d#e%20f.zip',
  "/files/'; drop table tallies; --",
];

export const formulas = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', 'plain'];

/** Around all of the traffic, whatever day it is. */
export const period = { first: dayOf(noon - 29 * 86_400), last: dayOf(noon + 86_400) };

/** Records over three days, with every class. */
export function traffic(now = noon): Partial<RecordFields>[] {
  const agents = [
    'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
    'curl/8.5.0',
    'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  ];
  const paths = ['/files/a.iso', '/files/b.iso', '/files/c.iso', ...hostileNames];
  return Array.from({ length: 240 }, (_, index) => ({
    path: paths[index % paths.length] as string,
    at: now - (index % 3) * 86_400 - index * 61.5,
    visitor: visitor(`v${index % 29}`),
    agent: agents[index % 5 === 0 ? 2 : index % 2] as string,
    sent: index % 4 === 0 ? 400 : 1000,
    token: index % 6 === 0 ? 'tok1' : '',
    key: index % 6 === 0 ? 'a1' : '',
    referrer: index % 2 === 0 ? 'example.org' : '',
    country: index % 3 === 0 ? 'DE' : 'NP',
  }));
}

export type FilledSite = TestService & { reader: string };

/** The service, after the agent has counted `records`. */
export async function startFilledService(records: Partial<RecordFields>[] = traffic()): Promise<FilledSite> {
  const service = await startService();
  await ingest(service.database.url, records);
  return { ...service, reader: await service.key('read') };
}

/** Runs the agent over a log of these records until all are counted or rejected. */
export async function ingest(databaseUrl: string, records: Partial<RecordFields>[]): Promise<void> {
  const folder = await temporaryFolder('reports');
  const log = path.join(folder, 'downloads.log');
  await writeFile(log, lines(records));
  const agent = await spawnTallygate(['agent'], {
    env: {
      TALLYGATE_DATABASE_URL: databaseUrl,
      TALLYGATE_AGENT_LOGS: log,
      TALLYGATE_AGENT_DENY_DIR: path.join(folder, 'deny'),
      TALLYGATE_AGENT_SALTS_FILE: path.join(folder, 'salts.conf'),
      TALLYGATE_EDGE: 'fra1',
    },
  });
  try {
    const sql = connect(databaseUrl, { max: 1 });
    const read = async () => Number((await sql`select sum(lines) as n from sources`)[0]?.n ?? 0);
    await until(async () => (await read()) >= records.length, 'the log to be counted').finally(() =>
      sql.end(),
    );
  } catch (error) {
    throw new Error(`${error}\n${agent.stderr()}`);
  } finally {
    await agent.stop();
  }
}
