// `tallygate drained`: lists the rotated logs that may be removed. files/prune-logs calls it after each rotation.

import type { Command } from 'commander';
import { configOf } from '../config/load.ts';
import { withDatabase } from '../db/connection.ts';
import { fullyStoredLogs } from '../ingest/log/fully-stored.ts';
import { readNumber } from './arguments.ts';

export function registerDrained(program: Command): void {
  program
    .command('drained')
    .description('list the rotated logs of which PostgreSQL has every byte; they may be removed')
    .option('--quiet-for <minutes>', 'how long nothing may have been written to them', readNumber, 15)
    .action(async (options: { quietFor: number }, command: Command) => {
      const config = configOf(command);
      const unchangedSince = Date.now() - options.quietFor * 60_000;
      const files = await withDatabase(config, (sql) =>
        fullyStoredLogs(sql, config.agent.logs, unchangedSince),
      );
      for (const file of files) process.stdout.write(`${file}\n`);
    });
}
