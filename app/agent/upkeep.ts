// What the agent does beside counting: makes partitions ahead of time, closes days past their retention, refreshes
// tally_dimensions, rotates salts. Several agents may do it at once; each step is safe at any time.

import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config/load.ts';
import { connect, type Sql } from '../db/connection.ts';
import { forgetImportSalt } from '../ingest/history/import-salt.ts';
import { dayLength } from '../ingest/record/day.ts';
import { refreshDimensions } from '../ingest/store/dimensions.ts';
import { closeOldDays, openDays } from '../ingest/store/partitions.ts';
import type { Logger } from '../log.ts';
import { rotateSalts } from '../salts/rotate.ts';

const hourly = 3_600_000;
/** Refreshing the dimensions takes at most this share of the time, however large the days grow. */
const refreshShare = 0.05;
const shortestPause = 15_000;
/** Request ids of streams are kept for so many days: one more than history/stream.ts needs. */
const streamMemoryDays = 3;

export async function runUpkeep(config: Config, log: Logger, signal: AbortSignal): Promise<void> {
  await Promise.all([
    repeat(signal, async () => {
      await attempt(log, 'keeping days', () => withConnection(config, (sql) => keepDays(sql, config, log)));
      await attempt(log, 'rotating salts', async () => {
        if (!(await mayReplace(config.agent.saltsFile))) return;
        const { dropped } = await rotateSalts(config.agent.saltsFile, new Date(), config.privacy.address);
        if (dropped > 0) log.info({ dropped }, 'past salts were destroyed');
      });
      return untilNextHour(Date.now());
    }),
    repeat(signal, async () => {
      const startedAt = performance.now();
      await attempt(log, 'refreshing dimensions', () => withConnection(config, refreshDimensions));
      return Math.max(shortestPause, (performance.now() - startedAt) / refreshShare);
    }),
  ]);
}

async function keepDays(sql: Sql, config: Config, log: Logger): Promise<void> {
  const today = Math.floor(Date.now() / dayLength);
  await openDays(sql, [today, today + 1, today + 2]);
  const closed = await closeOldDays(sql, today - config.count.retentionDays);
  if (closed.length > 0) log.info({ days: closed }, 'transfers past their retention were dropped');
  if (await forgetImportSalt(sql, true)) log.info('the key of past imports was destroyed');
  await sql`delete from stream_requests where day < (now() at time zone 'UTC')::date - ${streamMemoryDays}::int`;
}

/** Not if the file is root's and we are not root: then tallygate-salts.timer rotates it. */
function mayReplace(file: string): Promise<boolean> {
  return access(path.dirname(file), constants.W_OK).then(
    () => true,
    () => false,
  );
}

/** Just after each hour, and so just after midnight UTC: partitions and salts belong to days. */
function untilNextHour(now: number): number {
  return hourly - (now % hourly) + 5000;
}

async function repeat(signal: AbortSignal, work: () => Promise<number>): Promise<void> {
  while (!signal.aborted) {
    const pause = await work();
    await delay(pause, undefined, { signal }).catch(() => {});
  }
}

async function attempt(log: Logger, what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.warn({ err: error }, `${what} failed; it is tried again`);
  }
}

async function withConnection<T>(config: Config, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = connect(config.databaseUrl, { max: 2, connection: { application_name: 'tallygate-upkeep' } });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
