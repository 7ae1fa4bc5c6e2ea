// `tallygate keys`: the keys that links are signed with.

import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { writeAtomically } from '../atomic-file.ts';
import { configOf } from '../config/load.ts';
import { adopt, newKey, newRing, retire, rotate } from '../keys/change.ts';
import { formatKeyFile } from '../keys/file.ts';
import { type KeyRing, readKeyRing } from '../keys/ring.ts';
import { UserError } from '../user-error.ts';

const afterwards = 'Now reload NGINX (nginx -s reload), then restart the service.';
const print = (line: string) => void process.stdout.write(`${line}\n`);

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
      await write(file, newRing(newKey(options.id, new Date())));
      print(`Made ${file} with the key ${options.id}. ${afterwards}`);
    });

  keys
    .command('rotate')
    .description('make a new key that new links are signed with; links of the others go on working')
    .option('--id <id>', 'what links call it (default: the next number)')
    .action(async (options: { id?: string }, command: Command) => {
      const file = configOf(command).keysFile;
      const ring = rotate(await readKeyRing(file), options.id, new Date());
      await write(file, ring);
      print(`New links are signed with ${ring.current.id}; the other keys stay valid. ${afterwards}`);
      print('When report.keys shows that nobody uses an old key any more: tallygate keys retire <id>');
    });

  keys
    .command('retire <id>')
    .description('take a key out: every link signed with it ends')
    .action(async (id: string, _options, command: Command) => {
      const file = configOf(command).keysFile;
      await write(file, retire(await readKeyRing(file), id));
      print(`Took out ${id}: its links end. ${afterwards}`);
    });

  keys
    .command('adopt <id>')
    .description("add the key of a site's own secure_link, so that its links go on working")
    .requiredOption('--expression <text>', "as in secure_link_md5, such as '$secure_link_expires$uri secret'")
    .option('--signature <arg>', 'the argument that holds the signature', 'md5')
    .option('--expires <arg>', 'the argument that holds the expiry', 'expires')
    .action(
      async (
        id: string,
        options: { expression: string; signature: string; expires: string },
        command: Command,
      ) => {
        const file = configOf(command).keysFile;
        const ring = adopt(await readKeyRing(file), {
          kind: 'secure_link',
          id,
          expression: options.expression,
          signatureArg: options.signature,
          expiresArg: options.expires,
          since: new Date().toISOString().slice(0, 10),
        });
        await write(file, ring);
        print(
          `Links with ${options.signature} and ${options.expires} are accepted as key ${id}. ${afterwards}`,
        );
      },
    );

  keys
    .command('list')
    .description('the keys, without their secrets')
    .action(async (_options, command: Command) => {
      const ring = await readKeyRing(configOf(command).keysFile);
      for (const key of ring.keys) {
        const detail = key.kind === 'secure_link' ? `${key.signatureArg}, ${key.expiresArg}` : '';
        const note = key.id === ring.current.id ? 'current' : detail;
        print(`${key.id.padEnd(16)} ${key.kind.padEnd(11)} ${key.since} ${note}`.trimEnd());
      }
    });
}

function write(file: string, ring: KeyRing): Promise<void> {
  return writeAtomically(file, formatKeyFile(ring));
}
