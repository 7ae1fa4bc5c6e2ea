// `tallygate explain`: what a link says, what NGINX would compute, and where they part.

import type { Command } from 'commander';
import { configOf } from '../config/load.ts';
import { readKeyRing } from '../keys/ring.ts';
import { explain } from '../link/explain.ts';

export function registerExplain(program: Command): void {
  program
    .command('explain <url>')
    .description('say why a link is accepted or refused; exit code 0 if it is good, 3 if not')
    .option('--client <address>', 'the address that asks, for links bound to one')
    .action(async (url: string, options: { client?: string }, command: Command) => {
      const ring = await readKeyRing(configOf(command).keysFile);
      const now = Math.floor(Date.now() / 1000);
      const { status, verdict, facts } = explain(url, { ring, now, client: options.client });
      for (const [name, value] of facts) {
        const text = value.includes('\n') ? `\n${value.replace(/^/gm, '    ').trimEnd()}` : value;
        process.stdout.write(`${name}: ${text}\n`);
      }
      process.stdout.write(`\n${status}: ${verdict}\n`);
      if (status !== 200) process.exitCode = 3;
    });
}
