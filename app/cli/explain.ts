// `tallygate explain`: whether a link is accepted, what it says, what NGINX would compute, and where the two differ.

import type { Command } from 'commander';
import { configOf } from '../config/load.ts';
import { readKeyRings } from '../keys/file.ts';
import { requireRing } from '../keys/ring.ts';
import { type Explained, explain } from '../link/explain/explain.ts';
import { ringOption } from './arguments.ts';
import { knownOf, withToken } from './explain-token.ts';
import { printable } from './print.ts';

type Options = { client?: string; cookie?: string; ring?: string };

export function registerExplain(program: Command): void {
  program
    .command('explain <url>')
    .description('say why a link is accepted or refused; exit code 0 if it is good, 3 if not')
    .option('--client <address>', 'the address that asks, for links bound to one')
    .option(
      '--cookie <cookie>',
      "the cookie that is sent with it: 'tallygate=...', or a whole Set-Cookie value",
    )
    .addOption(ringOption('the ring of keys that the site accepts'))
    .action(async (url: string, options: Options, command: Command) => {
      const config = configOf(command);
      const rings = await readKeyRings(config.keysFile);
      const ring = requireRing(rings, options.ring ?? config.keysRing);
      const now = Math.floor(Date.now() / 1000);
      const { client, cookie } = options;
      const ofLink = explain(
        { address: url, cookie },
        { ring, others: rings.filter((one) => one !== ring), now, client },
      );
      const explained = ofLink.token ? withToken(ofLink, await knownOf(config, ofLink.token), now) : ofLink;
      print(explained);
      if (explained.status !== 200) process.exitCode = 3;
    });
}

/** The verdict first: it is what one asked for. */
function print({ status, verdict, remedy, facts }: Explained): void {
  process.stdout.write(`${status}: ${printable(verdict)}\n`);
  if (remedy !== undefined) process.stdout.write(`${printable(remedy)}\n`);
  process.stdout.write('\n');
  for (const [name, value] of facts) {
    const text = value.includes('\n') ? `\n${value.replace(/^/gm, '    ').trimEnd()}` : value;
    process.stdout.write(`${name}: ${printable(text)}\n`);
  }
}
