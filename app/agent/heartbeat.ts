// The agent's sign of life, every ten seconds: one row of `agents`. From it `tallygate serve` tells Prometheus and people
// how each host is. If one is lost, the next one says the same: counting does not depend on it.

import { readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config/load.ts';
import { connect, type Sql } from '../db/connection.ts';
import { reportLoaded } from '../edges/report.ts';
import type { Logger } from '../log.ts';
import { loadedKeys } from './loaded-keys.ts';

const every = 10_000;

/** What an agent tells of itself; `batches` and `batchSeconds` since it started. */
export type Vitals = { unread: number; batches: number; batchSeconds: number };

export async function runHeartbeat(
  config: Config,
  log: Logger,
  vitals: () => Vitals,
  signal: AbortSignal,
): Promise<void> {
  const sql = connect(config.databaseUrl, {
    max: 1,
    connection: { application_name: 'tallygate-heartbeat' },
  });
  while (!signal.aborted) {
    // When PostgreSQL is away, batches and the deny folder say so loudly. Once is enough.
    await beat(sql, config, vitals()).catch((error) => log.debug({ err: error }, 'no sign of life was left'));
    await reportLoaded(sql, config.edge, hostname(), await loadedKeys(config)).catch((error) =>
      log.debug({ err: error }, 'the keys of NGINX were not reported'),
    );
    await delay(every, undefined, { signal }).catch(() => {});
  }
  await sql.end({ timeout: 1 });
}

async function beat(sql: Sql, config: Config, { unread, batches, batchSeconds }: Vitals): Promise<void> {
  const folders = ['t', 'v'].map((kind) => path.join(config.agent.denyDir, kind));
  const files = await Promise.all(folders.map((folder) => readdir(folder).catch(() => [])));
  await sql`
    insert into agents (edge, host, seen_at, unread, denied, batches, batch_seconds)
    values (${config.edge}, ${hostname()}, statement_timestamp(), ${unread}, ${files.flat().length}, ${batches},
      ${batchSeconds})
    on conflict (edge, host) do update set (seen_at, unread, denied, batches, batch_seconds)
      = (excluded.seen_at, excluded.unread, excluded.denied, excluded.batches, excluded.batch_seconds)`;
}
