// `tallygate agent`: one runs on each NGINX host. It reads the host's logs into PostgreSQL. It keeps the deny folder and
// the salts up to date and, where the operator wants that, the addresses of visitors.

import type { Command } from 'commander';
import { DenyFolder } from '../agent/deny-folder.ts';
import { Agent } from '../agent/follow.ts';
import { runHeartbeat } from '../agent/heartbeat.ts';
import { runUpkeep } from '../agent/upkeep.ts';
import { keepAddresses } from '../agent/visitor-addresses.ts';
import { configOf } from '../config/load.ts';
import { createLogger } from '../log.ts';

export function registerAgent(program: Command): void {
  program
    .command('agent')
    .description('follow the logs of this NGINX host into PostgreSQL')
    .action(async (_options, command: Command) => {
      const log = createLogger('agent');
      const stop = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
      const config = configOf(command);
      log.info({ logs: config.agent.logs, edge: config.edge }, 'following');
      const agent = new Agent(config, log);
      await Promise.all([
        agent.run(stop.signal),
        runHeartbeat(config, log, () => agent.vitals(), stop.signal),
        new DenyFolder(config.agent.denyDir, config.databaseUrl, log).run(stop.signal),
        runUpkeep(config, log, stop.signal),
        keepAddresses(config, log, stop.signal),
      ]);
      log.info('stopped');
    });
}
