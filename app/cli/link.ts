// `tallygate link`: a signed link from the command line.

import { type Command, Option } from 'commander';
import { configOf, requireOrigin } from '../config/load.ts';
import { readKeyRing } from '../keys/ring.ts';
import { seconds } from '../link/duration.ts';
import { issueLink, type LinkForm, linkForms } from '../link/sign.ts';
import { UserError } from '../user-error.ts';
import { readCount } from './arguments.ts';

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
  key?: string;
};

export function registerLink(program: Command): void {
  program
    .command('link <path>')
    .description('sign a link for a path, or for a folder; it is counted like any other')
    .option('--ttl <duration>', 'how long a download may begin, such as 90s, 15m, 12h, 7d', '7d')
    .option('--finish <duration>', 'how long one that has begun may resume (default: the same)')
    .option('--not-before <duration>', 'how long from now it is not valid yet')
    .option('--token <id>', 'who or what it is for, as the service issued it')
    .option('--address <address>', 'the only client it is for (an IPv6 one counts as its /64)')
    .option('--rate <bytes>', 'bytes per second', readCount)
    .option('--name <file>', 'what the browser saves it as')
    .option('--folder <segments>', "good for everything below the path's first so many segments", readCount)
    .addOption(
      new Option('--form <form>', 'where it stands: query; path, for players; cookie, which your site sets')
        .choices(linkForms)
        .default('query'),
    )
    .option('--key <id>', 'sign with this key instead of the current one')
    .action(async (path: string, options: Options, command: Command) => {
      const config = configOf(command);
      const ring = await readKeyRing(config.keysFile);
      const key = options.key === undefined ? ring.current : ring.keys.find(({ id }) => id === options.key);
      if (key?.kind !== 'hs256')
        throw new UserError(`there is no key ${options.key} to sign with`, 'See: tallygate keys list');
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
