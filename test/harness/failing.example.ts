// Not part of the suite: what leave.test.ts runs to see what is left of a failed test.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { etc } from '../gate/site.ts';
import { type Nginx, startNginx } from './nginx.ts';
import { startCluster } from './postgres.ts';
import { tallygate } from './program.ts';

let nginx: Nginx;
beforeAll(async () => {
  nginx = await startNginx({ etc: etc() });
});
afterAll(() => nginx.stop());

test('one that passes', async () => {
  expect((await tallygate(['explain', '/passes'])).code).not.toBe(null);
});

test('one that fails', async () => {
  const cluster = await startCluster();
  await tallygate(['migrate'], { env: { TALLYGATE_DATABASE_URL: cluster.url() } });
  expect('failed').toBe('on purpose');
});
