// Faults (ARCHITECTURE.md) 5 to 8: PostgreSQL restarts, hangs, runs out of disk, or crashes with commits it had not yet written.

import { execFileSync } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, inject, it, onTestFinished } from 'vitest';
import { errorCode } from '../../app/db/connection.ts';
import { migrate } from '../../app/db/migrate.ts';
import { until } from '../../app/process/until.ts';
import type { Cluster } from '../../app/run/cluster.ts';
import { temporaryFolder } from '../harness/folders.ts';
import { startCluster } from '../harness/postgres.ts';
import { line, type RecordFields } from '../ingest/records.ts';
import { Rig } from './rig.ts';
import { freeze, killAll } from './server-processes.ts';

let rig: Rig | undefined;
afterEach(async () => {
  await rig?.end();
  rig = undefined;
});

async function rigOn(cluster: Cluster, database = inject('templateDatabase')): Promise<Rig> {
  rig = await Rig.create({ url: cluster.url(database) });
  return rig;
}

it('5: stopped at once in the middle of batches, and started again', async () => {
  const cluster = await startCluster();
  const on = await rigOn(cluster);
  await on.start();
  for (let round = 0; round < 3; round += 1) {
    on.append(5000);
    await cluster.server.stop('SIGQUIT');
    on.append(1000);
    await cluster.restart();
  }
  await on.expectAll({ timeoutMs: 180_000 });
  await on.expectCursorAtEnd();
});

it('5: a log that is removed while it is away is counted when it is back', async () => {
  const cluster = await startCluster();
  const on = await rigOn(cluster);
  const agent = await on.start();
  const failures = () => agent.stderr().split('a batch failed').length - 1;
  on.append(10);
  await on.expectAll();
  await cluster.server.stop('SIGINT');
  on.append(10);
  await until(() => failures() > 0, 'the agent to miss PostgreSQL');
  await rm(on.log);
  on.append(10);
  const before = failures();
  await until(() => failures() > before + 1, 'the agent to have looked at the folder again');
  await cluster.restart();
  await on.expectAll();
});

it('6: frozen: the batch is given up, memory stays, and all is well when it thaws', async () => {
  const cluster = await startCluster();
  const on = await rigOn(cluster);
  const agent = await on.start({ TALLYGATE_AGENT_STALL_AFTER: '2' });
  on.append(100);
  await on.read(100);
  const thaw = freeze(cluster);
  const before = residentBytes(agent.pid);
  on.append(20_000);
  await on.said(/did not answer for 2 s/);
  on.append(20_000);
  expect(residentBytes(agent.pid) - before).toBeLessThan(100 << 20);
  thaw();
  await on.expectAll({ timeoutMs: 180_000 });
  await on.expectCursorAtEnd();
});

it('8: a crash loses commits that were not yet on disk, cursor and tallies together', async () => {
  // Never flushed by the writer: the crash is sure to lose what was committed last.
  const cluster = await startCluster({ wal_writer_delay: '10s', wal_writer_flush_after: '1GB' });
  const on = await rigOn(cluster);
  await on.start();
  on.append(1000);
  await on.read(1000);
  await killAll(cluster);
  on.append(500);
  await cluster.restart();
  await on.expectAll({ timeoutMs: 180_000 });
  await on.expectCursorAtEnd();
});

it.each([
  ['and has nothing to do afterwards', 0],
  ['and more to count afterwards', 1],
])(
  '8: what a crash has lost is counted again, its names too, by an agent that had nothing to do %s',
  async (_, more) => {
    const cluster = await startCluster({ wal_writer_delay: '10s', wal_writer_flush_after: '1GB' });
    const on = await rigOn(cluster);
    await on.start();
    on.append(10);
    await on.read(10);
    // Where the server has just written its log, nothing is lost: then once more, with another name.
    for (let round = 0, lost = false; !lost; round += 1) {
      const fields = { ...(on.make(1)[0] as RecordFields), path: `/files/round${round}.iso` };
      appendFileSync(on.log, `${line(fields)}\n`);
      on.written.push(fields);
      await on.read(on.written.length);
      await killAll(cluster);
      await cluster.restart();
      lost = (await on.totals()).lines < on.written.length;
      on.append(more);
      await on.expectAll();
    }
    const nameless = await on.sql`
    select t.file_id from transfers t
      left join file_versions v on v.id = t.version_id
      left join files f on f.id = t.file_id
      left join origins o on o.id = t.origin_id
    where v.id is null or f.id is null or o.id is null`;
    expect(nameless).toHaveLength(0);
  },
);

const mayMount = process.getuid?.() === 0 && canMount();
it.skipIf(!mayMount)(
  '7: out of disk: nothing is committed, it is said, and goes on when there is room',
  async () => {
    const mount = await temporaryFolder('small');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=140m,mode=0777', 'tmpfs', mount]);
    onTestFinished(() => void execFileSync('umount', ['-l', mount]));
    const { startCluster: startIn } = await import('../../app/run/cluster.ts');
    const cluster = await startIn(path.join(mount, 'pg'), {
      max_wal_size: '32MB',
      min_wal_size: '32MB',
      fsync: 'off',
    });
    onTestFinished(() => cluster.stop());
    await migrate(cluster.url());
    const on = await rigOn(cluster, 'postgres');
    await on.start();
    on.append(100);
    await on.read(100);
    const filler = path.join(mount, 'filler');
    fill(filler);
    on.append(30_000);
    await on.said(/53100|No space left|could not extend|could not write/i);
    execFileSync('rm', [filler]);
    await on.expectAll({ timeoutMs: 180_000 }).catch(async (error) => {
      // A server that panicked for its WAL has to be started again, as an operator would.
      if (!cluster.server.exit()) throw error;
      await cluster.restart();
      await on.expectAll({ timeoutMs: 180_000 });
    });
    await on.expectCursorAtEnd();
  },
);

/** Takes all the room that is left: the server may be taking some, too. */
function fill(file: string): void {
  const chunk = Buffer.alloc(1 << 20);
  try {
    for (;;) appendFileSync(file, chunk);
  } catch (error) {
    if (errorCode(error) !== 'ENOSPC') throw error;
  }
}

function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

function canMount(): boolean {
  try {
    return (
      readdirSync('/proc/self').length > 0 &&
      statSync('/bin/mount').isFile() &&
      /CapEff:\s+[0-9a-f]*[2367abef][0-9a-f]{5}\n/.test(readFileSync('/proc/self/status', 'utf8'))
    );
  } catch {
    return false;
  }
}
