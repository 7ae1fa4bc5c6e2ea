// `tallygate migrate`: brings the database to this release's schema.

import type { Command } from 'commander';
import { configOf } from '../config/load.ts';
import { migrate } from '../db/migrate.ts';

export function registerMigrate(program: Command): void {
  program
    .command('migrate')
    .description(
      'create or update the tables and report views; safe to run at any time, by any number at once',
    )
    .action(async (_options, command: Command) => {
      const config = configOf(command);
      await migrate(config.databaseUrl);
      process.stdout.write('The database is up to date.\n');
    });
}
