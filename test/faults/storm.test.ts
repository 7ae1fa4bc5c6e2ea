// The storm of storm.ts: TALLYGATE_STORM_SECONDS (default 15) and TALLYGATE_STORM_SEED (default 1).

import { expect, inject, it } from 'vitest';
import { startCluster } from '../harness/postgres.ts';
import { Rig } from './rig.ts';
import { storm } from './storm.ts';

const seconds = Number(process.env.TALLYGATE_STORM_SECONDS ?? 15);
const seed = Number(process.env.TALLYGATE_STORM_SEED ?? 1);

it(`a storm of ${seconds} s from seed ${seed} loses nothing and doubles nothing`, {
  timeout: seconds * 1000 + 240_000,
}, async () => {
  const cluster = await startCluster();
  const rig = await Rig.create({ url: cluster.url(inject('templateDatabase')) });
  try {
    const startedAt = performance.now();
    const figures = await storm(rig, cluster, seconds, seed);
    await rig.expectAll({ timeoutMs: 120_000 });
    const settled = Math.round((performance.now() - startedAt) / 1000 - seconds);
    const [differences] = await rig.sql`select count(*)::int as rows from tallies where requests <= 0`;
    expect(differences).toEqual({ rows: 0 });
    const told = Object.entries(figures).map(([name, count]) => `${name} ${count}`);
    process.stdout.write(
      `storm of ${seconds} s, seed ${seed}: ${told.join(', ')}; lost 0, doubled 0; settled in ${settled} s\n`,
    );
  } finally {
    await rig.end();
  }
});
