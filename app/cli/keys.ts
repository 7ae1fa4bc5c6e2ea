// `tallygate keys`: the keys that links are signed with.

import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { adopt, newKey, newRing } from '../keys/change.ts';
import { readKeyRings } from '../keys/file.ts';
import { UserError } from '../user-error.ts';
import { ringOption } from './arguments.ts';
import { inRing, placeOf, print, type RingOption, reload, writeKeys } from './key-file.ts';
import { registerList } from './keys-list.ts';
import { registerRetire } from './keys-retire.ts';
import { registerRotate } from './keys-rotate.ts';

const afterwards = `Now reload NGINX (${reload}), and restart the service where it has a copy of the file.`;

export function registerKeys(program: Command): void {
  const keys = program.command('keys').description('the keys that links are signed with');

  keys
    .command('generate')
    .description('make the key file, with one new key')
    .option('--id <id>', 'what links call it, 1 to 16 of a-z, 0-9 and dash', 'a1')
    .option('--force', 'replace a key file that exists: every link signed so far ends')
    .addOption(ringOption('the ring it is the first key of'))
    .action(async (options: RingOption & { id: string; force?: true }, command: Command) => {
      const { file, name } = placeOf(options, command);
      if (existsSync(file) && !options.force)
        throw new UserError(
          `the key file ${file} exists`,
          'To change the key without ending links: tallygate keys rotate. To end them all: --force.',
        );
      await writeKeys(file, [newRing(newKey(options.id, new Date()), name)]);
      print(`Made ${file} with the key ${options.id}${inRing(name)}. ${afterwards}`);
    });

  registerRotate(keys);
  registerRetire(keys);

  keys
    .command('adopt <id>')
    .description("add the key of a site's own secure_link, so that its links go on working")
    .requiredOption('--expression <text>', "as in secure_link_md5, such as '$secure_link_expires$uri secret'")
    .option('--signature <arg>', 'the argument that holds the signature', 'md5')
    .option('--expires <arg>', 'the argument that holds the expiry', 'expires')
    .addOption(ringOption("the site's ring"))
    .action(
      async (
        id: string,
        options: RingOption & { expression: string; signature: string; expires: string },
        command: Command,
      ) => {
        const { file, name } = placeOf(options, command);
        const rings = adopt(await readKeyRings(file), name, {
          kind: 'secure_link',
          id,
          expression: options.expression,
          signatureArg: options.signature,
          expiresArg: options.expires,
          since: new Date().toISOString().slice(0, 10),
        });
        await writeKeys(file, rings);
        print(
          `Links with ${options.signature} and ${options.expires} are accepted as key ${id}${inRing(name)}. ${afterwards}`,
        );
      },
    );

  registerList(keys);
}
