// Batches that would open nothing, with a real NGINX that knows what is there.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { tallygate } from '../harness/program.ts';
import { type Edge, startEdge } from './edge.ts';

let edge: Edge;
beforeAll(async () => {
  edge = await startEdge({ server: 'location /shut/ { return 403; }' });
});
afterAll(() => edge.stop());

const past = '2020-12-31';
const cases: [string, { paths: string[]; redeem_until?: string }, string[]][] = [
  [
    'a file that is not there',
    { paths: ['/files/a.bin', '/files/none.bin'] },
    ['/paths/1: /files/none.bin: NGINX has no such file'],
  ],
  [
    'a file that NGINX refuses',
    { paths: ['/shut/a.bin'] },
    ['/paths/0: /shut/a.bin: NGINX refuses a link to it (403)'],
  ],
  ['an end in the past', { paths: ['/files/a.bin'], redeem_until: past }, ['/redeem_until: is over']],
  ['both', { paths: ['/files/none.bin'], redeem_until: past }, ['/paths/0: ', '/redeem_until: ']],
];

test.each(cases)('%s is refused, and made with force', async (_, batch, words) => {
  const body = { label: 'x', count: 1, ...batch };
  const count = async () =>
    (await edge.database.sql`select count(*)::int as n from code_batches`)[0]?.n as number;
  const before = await count();
  const refused = await edge.api('POST', '/codes', body);
  expect(refused.status).toBe(422);
  const { detail } = (await refused.json()) as { detail: string };
  for (const part of words) expect(detail).toContain(part);
  const options = [
    ...batch.paths.flatMap((path) => ['--files', path]),
    ...(batch.redeem_until ? ['--until', batch.redeem_until] : []),
  ];
  const create = (...more: string[]) =>
    tallygate(['codes', 'create', '--label', 'x', ...options, ...more], { env: edge.env });
  expect(await create()).toMatchObject({ code: 1, stdout: '' });
  expect(await count()).toBe(before);
  expect((await edge.api('POST', '/codes', { ...body, force: true })).status).toBe(201);
  expect((await create('--force')).code).toBe(0);
  expect(await count()).toBe(before + 2);
});
