// `tallygate keys`: the keys that links are signed with.

import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { writeAtomically } from '../atomic-file.ts';
import { configOf } from '../config/load.ts';
import { adopt, newKey, newRing, retire, retireRing, rotate } from '../keys/change.ts';
import { formatKeyFile, readKeyRings } from '../keys/file.ts';
import { findKey, type KeyRings, requireRing, ringLabel } from '../keys/ring.ts';
import { UserError } from '../user-error.ts';
import { ringOption } from './arguments.ts';

const afterwards = 'Now reload NGINX (nginx -s reload), then restart the service.';
const print = (line: string) => void process.stdout.write(`${line}\n`);

type RingOption = { ring?: string };

/** The key file, and the name of the ring that the options or the configuration choose. */
function placeOf(options: RingOption, command: Command): { file: string; name: string } {
  const { keysFile, keysRing } = configOf(command);
  return { file: keysFile, name: options.ring ?? keysRing };
}

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
      await write(file, [newRing(newKey(options.id, new Date()), name)]);
      print(`Made ${file} with the key ${options.id}${inRing(name)}. ${afterwards}`);
    });

  keys
    .command('rotate')
    .description('make a new key that new links are signed with; links of the others go on working')
    .option('--id <id>', 'what links call it (default: the next number)')
    .addOption(ringOption('the ring it is for; made where there is none'))
    .action(async (options: RingOption & { id?: string }, command: Command) => {
      const { file, name } = placeOf(options, command);
      const before = await readKeyRings(file);
      const after = rotate(before, name, options.id, new Date());
      await write(file, after);
      const { current } = requireRing(after, name);
      if (!before.some((ring) => ring.name === name)) {
        print(`Made ${ringLabel(name)}, whose links are signed with ${current.id}. ${afterwards}`);
        if (name !== '') print(`Its links open the servers that say: set $tallygate_keys ${name};`);
        return;
      }
      print(
        `New links${inRing(name)} are signed with ${current.id}; the other keys stay valid. ${afterwards}`,
      );
      print('When report.keys shows that nobody uses an old key any more: tallygate keys retire <id>');
    });

  keys
    .command('retire [id]')
    .description('take a key out: every link signed with it ends')
    .addOption(ringOption('the ring it must be in', 'any'))
    .option('--all', 'with --ring and no id: take out the whole ring, of a site that is gone')
    .action(async (id: string | undefined, options: RingOption & { all?: true }, command: Command) => {
      const file = configOf(command).keysFile;
      const rings = await readKeyRings(file);
      const what = retired(rings, id, options);
      await write(file, what.left);
      print(`Took out ${what.name}: its links end. ${afterwards}`);
    });

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
        await write(file, rings);
        print(
          `Links with ${options.signature} and ${options.expires} are accepted as key ${id}${inRing(name)}. ${afterwards}`,
        );
      },
    );

  keys
    .command('list')
    .description('the keys, without their secrets')
    .addOption(ringOption('only the keys of this ring', 'all'))
    .action(async (options: RingOption, command: Command) => {
      const rings = await readKeyRings(configOf(command).keysFile);
      for (const line of listed(rings, options.ring)) print(line);
    });
}

function write(file: string, rings: KeyRings): Promise<void> {
  return writeAtomically(file, formatKeyFile(rings));
}

const inRing = (name: string) => (name === '' ? '' : ` of ${ringLabel(name)}`);

/** The rings without the key or ring that is retired, and words for what was taken out. */
function retired(
  rings: KeyRings,
  id: string | undefined,
  { ring: name, all }: RingOption & { all?: true },
): { left: KeyRings; name: string } {
  if (all) {
    if (id !== undefined || name === undefined)
      throw new UserError('--all takes out a whole ring', 'Name it with --ring, and no key id.');
    return { left: retireRing(rings, name), name: ringLabel(name) };
  }
  if (id === undefined)
    throw new UserError('no key is named', 'Name one: tallygate keys list shows which there are.');
  if (name !== undefined && !findKey(requireRing(rings, name), id))
    throw new UserError(`${ringLabel(name)} has no key ${id}`, 'See: tallygate keys list');
  return { left: retire(rings, id), name: id };
}

/** A line for each key. With several rings, each line has the name of its ring; the default one is shown as -. */
function listed(rings: KeyRings, only: string | undefined): string[] {
  const shown = only === undefined ? rings : [requireRing(rings, only)];
  const hasNames = rings.some(({ name }) => name !== '');
  return shown.flatMap((ring) =>
    ring.keys.map((key) => {
      const detail = key.kind === 'secure_link' ? `${key.signatureArg}, ${key.expiresArg}` : '';
      const note = key === ring.current ? 'current' : detail;
      const place = hasNames ? `${(ring.name || '-').padEnd(16)} ` : '';
      return `${key.id.padEnd(16)} ${key.kind.padEnd(11)} ${key.since} ${place}${note}`.trimEnd();
    }),
  );
}
