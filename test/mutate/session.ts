// A vitest that stays: starts once, with its PostgreSQL, and runs the tests again for each mutant that main.ts writes.
// It is a process of its own, for a mutant may never end.

import path from 'node:path';
import { createVitest } from 'vitest/node';

const [root = '', ...filters] = process.argv.slice(2);
const vitest = await createVitest('test', {
  config: path.join(root, 'test/vitest.config.ts'),
  watch: false,
  bail: 1,
  maxWorkers: 1,
  reporters: [{}],
});
const specifications = await vitest.globTestSpecifications(filters);

process.on('message', async (changed: string | undefined) => {
  if (changed) vitest.invalidateFile(changed);
  vitest.state.clearErrors();
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications, false);
  const isGreen =
    testModules.length > 0 && unhandledErrors.length === 0 && testModules.every((module) => module.ok());
  process.send?.(isGreen ? 'survived' : 'killed');
});
process.send?.('ready');
