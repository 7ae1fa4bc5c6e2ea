// A vitest that stays: starts once, with PostgreSQL if the tests need it, and runs the tests again for each mutant that
// main.ts writes. It is a process of its own, for a mutant may never end.

import path from 'node:path';
import { createVitest } from 'vitest/node';

const [root = '', servers, ...filters] = process.argv.slice(2);
const vitest = await createVitest('test', {
  config: path.join(root, 'test/vitest.config.ts'),
  watch: false,
  bail: 1,
  maxWorkers: 1,
  // Pure code needs nothing that is started first.
  ...(servers !== 'servers' && { globalSetup: [], pool: 'threads' as const }),
  reporters: [{}],
});
const specifications = await vitest.globTestSpecifications(filters);

// The file before was put right again, which nobody told vitest.
let before: string | undefined;

process.on('message', async (changed: string | undefined) => {
  for (const file of [before, changed]) if (file) vitest.invalidateFile(file);
  before = changed;
  vitest.state.clearErrors();
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications, false);
  const isGreen =
    testModules.length > 0 && unhandledErrors.length === 0 && testModules.every((module) => module.ok());
  process.send?.(isGreen ? 'survived' : 'killed');
});
process.send?.('ready');
