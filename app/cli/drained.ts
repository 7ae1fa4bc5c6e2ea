// `tallygate drained`: names the rotated logs that may go. files/prune-logs calls it after each rotation.

import type { Command } from 'commander';
import { configOf } from '../config/load.ts';
import { connect, explainConnection } from '../db/connection.ts';
import { drainedLogs } from '../ingest/drained.ts';

export function registerDrained(program: Command): void {
  program
    .command('drained')
    .description('list the rotated logs of which PostgreSQL has every byte; they may be removed')
    .option('--quiet-for <minutes>', 'how long nothing may have been written to them', Number, 15)
    .action(async (options: { quietFor: number }, command: Command) => {
      const { databaseUrl, agent } = configOf(command);
      const sql = connect(databaseUrl, { max: 1 });
      try {
        const unchangedSince = Date.now() - options.quietFor * 60_000;
        for (const file of await drainedLogs(sql, agent.logs, unchangedSince))
          process.stdout.write(`${file}\n`);
      } catch (error) {
        throw explainConnection(error, databaseUrl);
      } finally {
        await sql.end({ timeout: 5 });
      }
    });
}
