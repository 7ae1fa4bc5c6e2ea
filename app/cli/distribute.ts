// `tallygate distribute`: spreads the tables over the machines of a Citus cluster.

import type { Command } from 'commander';
import { configOf } from '../config/load.ts';
import { distribute } from '../db/distribute.ts';

export function registerDistribute(program: Command): void {
  program
    .command('distribute')
    .description('spread the tables over the workers of a Citus cluster; safe to run again')
    .action(async (_options, command: Command) => {
      const say = (text: string) => void process.stderr.write(`${text}\n`);
      const { workers, changed } = await distribute(configOf(command).databaseUrl, say);
      process.stdout.write(
        changed.length === 0
          ? `Everything is distributed already, over ${workers} workers.\n`
          : `Distributed over ${workers} workers: ${changed.join(', ')}.\n`,
      );
    });
}
