// `tallygate keys`: the keys that links are signed with.

import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { writeAtomically } from '../atomic-file.ts';
import { configOf } from '../config/load.ts';
import { newKey, newRing } from '../keys/change.ts';
import { formatKeyFile } from '../keys/file.ts';
import { UserError } from '../user-error.ts';

const afterwards = 'Now reload NGINX (nginx -s reload), then restart the service.';

export function registerKeys(program: Command): void {
  const keys = program.command('keys').description('the keys that links are signed with');

  keys
    .command('generate')
    .description('make the key file, with one new key')
    .option('--id <id>', 'what links call it, 1 to 16 of a-z, 0-9 and dash', 'a1')
    .option('--force', 'replace a key file that exists: every link signed so far ends')
    .action(async (options: { id: string; force?: true }, command: Command) => {
      const file = configOf(command).keysFile;
      if (existsSync(file) && !options.force)
        throw new UserError(
          `the key file ${file} exists`,
          'To change the key without ending links: tallygate keys rotate. To end them all: --force.',
        );
      await writeAtomically(file, formatKeyFile(newRing(newKey(options.id, new Date()))));
      process.stdout.write(`Made ${file} with the key ${options.id}. ${afterwards}\n`);
    });
}
