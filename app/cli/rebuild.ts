// `tallygate rebuild` compares the tallies with the transfers that are kept, and mends them where they differ.
// `tallygate reclassify` applies today's class patterns to what was counted before.

import type { Command } from 'commander';
import { configOf } from '../config/load.ts';
import { withDatabase } from '../db/connection.ts';
import { keptDays, rebuildDay, reclassifyDay, reclassifyOrigins } from '../ingest/history/rebuild.ts';
import { printTable } from './print.ts';

export function registerRebuild(program: Command): void {
  program
    .command('rebuild')
    .description('compute the tallies anew from the transfers that are kept, with the settings of today')
    .option('--check', 'only compare; exits with 1 when they differ')
    .action((options: { check?: true }, command: Command) => {
      const config = configOf(command);
      return withDatabase(config, async (sql) => {
        const recounts = [];
        for (const day of await keptDays(sql)) {
          recounts.push(await rebuildDay(sql, day, config.count, options.check === true));
        }
        printTable(
          ['day', 'transfers', options.check ? 'tallies that differ' : 'tallies put right'],
          recounts.map(({ day, transfers, differences }) => [day, transfers, differences]),
        );
        if (options.check && recounts.some(({ differences }) => differences > 0)) process.exitCode = 1;
      });
    });
  program
    .command('reclassify')
    .description(
      'decide anew who is a person, a tool or a bot, in the transfers that are kept and their tallies',
    )
    .action((_options, command: Command) => {
      const config = configOf(command);
      return withDatabase(config, async (sql) => {
        const origins = await reclassifyOrigins(sql, config.classes);
        const days = [];
        for (const day of await keptDays(sql)) days.push([day, await reclassifyDay(sql, day)] as const);
        printTable(['day', 'transfers moved'], days);
        process.stdout.write(
          `\n${origins} origins (user agents at an edge) changed their class, program or rule\n`,
        );
      });
    });
}
