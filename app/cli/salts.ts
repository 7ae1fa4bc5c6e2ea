// `tallygate salts`: the daily salts that visitors are hashed with.

import type { Command } from 'commander';
import { configOf } from '../config/load.ts';
import { rotateSalts } from '../salts/rotate.ts';

export function registerSalts(program: Command): void {
  program
    .command('salts')
    .description('the daily salts that visitors are hashed with')
    .command('rotate')
    .description('drop the days that are over and fill the days ahead; makes the file if there is none')
    .action(async (_options, command: Command) => {
      const config = configOf(command);
      const file = config.agent.saltsFile;
      const { dropped, days } = await rotateSalts(file, new Date(), config.privacy.address);
      process.stdout.write(`${file}: ${days} days from today on, ${dropped} past days dropped.\n`);
    });
}
