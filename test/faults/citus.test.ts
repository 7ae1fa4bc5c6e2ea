// Faults (ARCHITECTURE.md) 5, 8 and 44 on Citus: a coordinator or a worker dies in the middle of batches. Runs where CITUS_URL says that
// Citus is to be tested and this machine's own PostgreSQL has it too: these servers are killed.

import { execFileSync } from 'node:child_process';
import { afterEach, it } from 'vitest';
import { until } from '../../app/process/until.ts';
import type { Cluster } from '../../app/run/cluster.ts';
import { type CitusCluster, hasCitus, startCitus } from '../harness/citus.ts';
import { Rig } from './rig.ts';

const test = it.skipIf(!process.env.CITUS_URL || !hasCitus());

let rig: Rig | undefined;
afterEach(async () => {
  await rig?.end();
  rig = undefined;
});

async function rigOn({ url }: CitusCluster): Promise<Rig> {
  rig = await Rig.create({ url });
  return rig;
}

test.each(['coordinator', 'worker'] as const)(
  '5, 44: the %s stopped at once in the middle of batches, and started again',
  async (which) => {
    const citus = await startCitus();
    const on = await rigOn(citus);
    await on.start();
    for (let round = 0; round < 3; round += 1) {
      on.append(5000);
      const victim = which === 'coordinator' ? citus.coordinator : (citus.workers[round % 2] as Cluster);
      await victim.server.stop('SIGQUIT');
      on.append(1000);
      await victim.restart();
    }
    await on.expectAll({ timeoutMs: 120_000 });
    await on.expectCursorAtEnd();
  },
);

test('8: a coordinator that crashes loses no commit that its workers keep', async () => {
  // Nothing is flushed but what a commit waits for.
  const citus = await startCitus({ wal_writer_delay: '10s', wal_writer_flush_after: '1GB' });
  const on = await rigOn(citus);
  await on.start();
  for (let round = 0; round < 3; round += 1) {
    on.append(1000);
    await on.read(on.written.length, 120_000);
    await kill(citus.coordinator);
    on.append(500);
    await citus.coordinator.restart();
  }
  await on.expectAll({ timeoutMs: 120_000 });
  await on.expectCursorAtEnd();
  await until(async () => {
    const rows = await on.sql`select * from run_command_on_workers('select count(*) from pg_prepared_xacts')`;
    return rows.length === 2 && rows.every(({ result }) => result === '0');
  }, 'what was prepared to be settled');
});

/** All processes of a server at once: it writes nothing more. */
async function kill({ server }: Cluster): Promise<void> {
  const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(server.pid)]).toString();
  for (const pid of [server.pid, ...children.split('\n').map(Number).filter(Boolean)]) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
  await server.exited;
}
