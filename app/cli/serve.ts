// `tallygate serve`: the API and the pages.

import type { Command } from 'commander';
import { type Config, configOf, requireOrigin } from '../config/load.ts';
import { explainConnection } from '../db/connection.ts';
import { requireRing } from '../keys/ring.ts';
import { createLogger } from '../log.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { createApp } from '../service/app.ts';
import { cachedCodesKey, codesKeyFile } from '../service/codes/key.ts';
import { openPools } from '../service/db/pools.ts';
import { watchDatabase } from '../service/db/watch.ts';
import { keepHouse } from '../service/housekeeping.ts';
import { clientAddress } from '../service/http/client-address.ts';
import type { Deps } from '../service/http/context.ts';
import { cachedKeyRings } from '../service/keys/key-rings.ts';
import { attemptLimits } from '../service/limits/attempts.ts';
import { listen } from '../service/server.ts';

export function registerServe(program: Command): void {
  program
    .command('serve')
    .description('run the service: API, reports, redeem and public pages; any number may run')
    .action(async (_options, command: Command) => serve(configOf(command)));
}

async function serve(config: Config): Promise<void> {
  const origin = requireOrigin(config);
  const patience = config.service.databasePatience;
  const pools = openPools(config.databaseUrl, patience);
  const { issuing: sql, reading } = pools;
  const stopping = new AbortController();
  const keyRings = cachedKeyRings(config.keysFile);
  const keyRing = async () => requireRing(await keyRings(), config.keysRing);
  const log = createLogger('serve');
  const deps: Deps = {
    sql,
    reading,
    config,
    origin,
    keyRing,
    keyRings,
    codesKey: cachedCodesKey(codesKeyFile(config)),
    log,
    clientAddress: clientAddress(config.service.trustedProxies),
    attempts: attemptLimits(sql),
    metrics: createMetrics(reading, log),
    stopping: stopping.signal,
    now: Date.now,
  };
  try {
    // What would make every request fail is reported at the start, not when the first customer comes.
    await keyRing();
    await sql`select from tokens limit 1`.catch((error: unknown) => {
      throw explainConnection(error, config.databaseUrl);
    });
    deps.watch = watchDatabase(config.databaseUrl, patience, log);
    const service = await listen(createApp(deps), deps);
    const stopHousekeeping = keepHouse(deps);
    await new Promise<void>((resolve) => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
    });
    stopping.abort();
    await service.stop();
    await stopHousekeeping();
  } finally {
    await deps.watch?.stop();
    await pools.end();
  }
}
