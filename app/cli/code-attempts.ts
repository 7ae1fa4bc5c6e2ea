// `tallygate codes attempts clear`: lets a client address redeem codes again that typed too many wrong ones.

import { isIP } from 'node:net';
import type { Command } from 'commander';
import { normalClientAddress } from '../client-address.ts';
import { configOf } from '../config/load.ts';
import { withDatabase } from '../db/connection.ts';
import { clearCodeAttempts } from '../service/limits/attempts.ts';
import { UserError } from '../user-error.ts';

/** @param codes the command `codes` */
export function registerCodeAttempts(codes: Command): void {
  codes
    .command('attempts')
    .description('wrong codes: too many short ones lock a client address for a while')
    .command('clear')
    .description('forget them, so that codes can be redeemed there again')
    .argument('[address]', 'only those of this client address')
    .action(clear);
}

async function clear(address: string | undefined, _options: unknown, command: Command): Promise<void> {
  if (address !== undefined && isIP(address) === 0)
    throw new UserError(
      `${address} is no client address`,
      'Use one such as 203.0.113.9 or 2001:db8::1; none for all.',
    );
  const client = address === undefined ? undefined : normalClientAddress(address);
  const cleared = await withDatabase(configOf(command), (sql) => clearCodeAttempts(sql, client));
  process.stdout.write(`${cleared} ${cleared === 1 ? 'counter' : 'counters'} of wrong codes forgotten.\n`);
}
