// `tallygate link`: a signed link from the command line.

import { type Command, Option } from 'commander';
import { configOf, requireOrigin } from '../config/load.ts';
import { readKeyRings } from '../keys/file.ts';
import { findKey, type Hs256Key, type KeyRings, requireRing, ringLabel } from '../keys/ring.ts';
import { seconds } from '../link/duration.ts';
import { issueLink, type LinkForm, linkForms } from '../link/sign.ts';
import { UserError } from '../user-error.ts';
import { readCount, ringOption } from './arguments.ts';

type Options = {
  ttl: string;
  finish?: string;
  notBefore?: string;
  token?: string;
  address?: string;
  rate?: number;
  name?: string;
  folder?: number;
  form: LinkForm;
  ring?: string;
  key?: string;
};

export function registerLink(program: Command): void {
  program
    .command('link <path>')
    .description('sign a link for a path, or for a folder; it is counted like any other')
    .option('--ttl <duration>', 'for how long a download may begin, such as 90s, 15m, 12h, 7d', '7d')
    .option(
      '--finish <duration>',
      'for how long a download that has begun may be resumed (default: as long as it may begin)',
    )
    .option('--not-before <duration>', 'how long from now until it is valid')
    .option('--token <id>', 'who or what it is for, as the service issued it')
    .option('--address <address>', 'the only client it is for (an IPv6 one counts as its /64)')
    .option('--rate <bytes>', 'bytes per second, over one connection at a time', readCount)
    .option('--name <file>', 'what the browser saves it as')
    .option('--folder <segments>', 'it opens everything below so many segments of the path', readCount)
    .addOption(
      new Option(
        '--form <form>',
        'where the arguments are: query, path (for players), cookie (which your site sets), or page (a page with a button)',
      )
        .choices(linkForms)
        .default('query'),
    )
    .addOption(ringOption('sign with the keys of this ring'))
    .option('--key <id>', 'sign with this key instead of the current one')
    .action(async (path: string, options: Options, command: Command) => {
      const config = configOf(command);
      const key = keyFor(await readKeyRings(config.keysFile), options.ring ?? config.keysRing, options.key);
      const now = Math.floor(Date.now() / 1000);
      const after = (duration: string | undefined) =>
        duration === undefined ? undefined : now + seconds(duration);
      const { link, cookie } = issueLink(
        key,
        {
          path,
          expires: now + seconds(options.ttl),
          finishBy: after(options.finish),
          notBefore: after(options.notBefore),
          token: options.token,
          address: options.address,
          rate: options.rate,
          filename: options.name,
          prefix: options.folder,
        },
        requireOrigin(config),
        options.form,
        now,
      );
      process.stdout.write(cookie === undefined ? `${link}\n` : `${link}\nSet-Cookie: ${cookie}\n`);
    });
}

/** @throws UserError where the ring has no such key, or cannot sign with it */
function keyFor(rings: KeyRings, name: string, id: string | undefined): Hs256Key {
  const ring = requireRing(rings, name);
  const key = id === undefined ? ring.current : findKey(ring, id);
  if (key?.kind === 'hs256') return key;
  const other = rings.find((one) => one !== ring && findKey(one, id ?? '')?.kind === 'hs256');
  if (other)
    throw new UserError(
      `the key ${id} belongs to ${ringLabel(other.name)}, and its links open nothing where ${ringLabel(name)} is used`,
      `For a site of that ring: --ring ${other.name || '""'}`,
    );
  throw new UserError(`there is no key ${id} to sign with`, 'See: tallygate keys list');
}
