// Faults (ARCHITECTURE.md) 1 to 4, 9, 16, 30, 31: the agent dies, hangs or has a rival, at each step of a batch.

import { execFile } from 'node:child_process';
import { truncateSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect as connectSocket, createServer, type Socket } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Child } from '../../app/process/child.ts';
import { until } from '../../app/process/until.ts';
import { projectRoot } from '../harness/folders.ts';
import { createDatabase, type TestDatabase } from '../harness/postgres.ts';
import { Rig } from './rig.ts';

const program = path.join(projectRoot, 'dist/failpoints/tallygate.js');
let database: TestDatabase;
let rig: Rig;

beforeAll(async () => {
  await promisify(execFile)(process.execPath, ['app/build.mjs', '--failpoints'], { cwd: projectRoot });
});
beforeEach(async () => {
  database = await createDatabase();
  rig = await Rig.create({ url: database.url, program });
});
afterEach(async () => {
  await rig.end();
  await database.drop();
});

it.each(['before_begin', 'after_cursor', 'after_transfers', 'after_tallies', 'at_commit'])(
  '1-3: killed %s, in the first batch and in a later one',
  async (place) => {
    rig.append(300);
    const first = await rig.start({ TALLYGATE_FAILPOINT: place });
    expect((await first.exited).signal).toBe('SIGKILL');
    expect((await rig.totals()).lines).toBe(0);
    const second = await rig.start({ TALLYGATE_FAILPOINT: `${place}:2` });
    await rig.read(300);
    rig.append(200);
    expect((await second.exited).signal).toBe('SIGKILL');
    expect((await rig.totals()).lines).toBe(300);
    await rig.start();
    await rig.expectAll();
    await rig.expectCursorAtEnd();
  },
);

it('4: the connection breaks between COMMIT and its answer', async () => {
  const proxy = await startProxy(database.url);
  const distant = await Rig.create({ url: database.url, program });
  try {
    distant.append(300);
    proxy.cutAfterCommit();
    await distant.start({ TALLYGATE_DATABASE_URL: proxy.url });
    await until(() => proxy.cuts() > 0, "the answer to a batch's COMMIT to be lost");
    expect((await distant.totals()).lines).toBe(300);
    distant.append(200);
    await distant.expectAll();
    await distant.expectCursorAtEnd();
  } finally {
    await distant.end();
    proxy.close();
  }
});

it('9: the server ends the session in the middle, again and again', async () => {
  await rig.start();
  for (let round = 0; round < 5; round += 1) {
    // Where a batch has stored its transfers, it waits for us.
    await rig.sql.begin(async (tx) => {
      await tx`lock table tallies in share mode`;
      rig.append(2000);
      await until(async () => {
        const ended = await rig.sql`select pg_terminate_backend(pid) from pg_stat_activity
          where application_name = 'tallygate-ingest' and datname = current_database() and wait_event_type = 'Lock'`;
        return ended.length > 0;
      }, 'a batch to end in the middle');
      expect((await rig.totals()).lines).toBeLessThan(rig.written.length);
    });
  }
  await rig.expectAll();
  await rig.expectCursorAtEnd();
});

it('30: two agents read one log; whoever loses the cursor reads it again', async () => {
  await Promise.all([rig.start(), rig.start()]);
  for (let round = 0; round < 20; round += 1) {
    rig.append(50);
    await rig.read(rig.written.length);
  }
  await rig.expectAll();
  await rig.expectCursorAtEnd();
});

it('31: one agent is stopped, another takes over, the first goes on', async () => {
  const first = await rig.start();
  rig.append(100);
  await rig.read(100);
  first.kill('SIGSTOP');
  rig.append(100);
  await rig.start();
  await rig.read(200);
  first.kill('SIGCONT');
  rig.append(100);
  await rig.expectAll();
  await rig.expectCursorAtEnd();
});

it.each(['opening_days', 'after_transfers'])(
  '31: an agent stopped %s holds the others up for a while, not for ever',
  async (place) => {
    rig.append(100);
    const first = await rig.start({ TALLYGATE_FAILPOINT: `${place}:1:SIGSTOP` });
    await isStopped(first);
    await rig.start();
    await rig.read(100);
    first.kill('SIGCONT');
    rig.append(100);
    await rig.expectAll();
    await rig.expectCursorAtEnd();
  },
);

it('16: a log that is cut while it is identified is counted once, by its own beginning', async () => {
  rig.append(10);
  const first = await rig.start({ TALLYGATE_FAILPOINT: 'identifying:1:SIGSTOP' });
  await isStopped(first);
  truncateSync(rig.log);
  rig.written.length = 0;
  rig.append(7);
  first.kill('SIGCONT');
  await rig.expectAll();
  await first.stop();
  rig.append(1);
  await rig.start();
  await rig.expectAll();
});

it('several edges count the same visitors at once: no lost update, no deadlock', async () => {
  const logs = ['a', 'b', 'c'].map((name) => path.join(rig.folder, `${name}.log`));
  for (const log of logs) rig.append(1, log);
  await Promise.all(
    logs.map((log, i) => rig.start({ TALLYGATE_AGENT_LOGS: log, TALLYGATE_EDGE: `edge${i}` })),
  );
  for (let round = 0; round < 30; round += 1) rig.append(100, logs[round % 3]);
  await rig.expectAll();
});

const isStopped = (agent: Child) =>
  until(
    async () => /^State:\s+T/m.test(await readFile(`/proc/${agent.pid}/status`, 'utf8')),
    'the agent to stop',
  );

type Proxy = { url: string; cutAfterCommit: () => void; cuts: () => number; close: () => void };

/**
 * Passes bytes on to PostgreSQL; when told to, drops a connection with the answer to the COMMIT of a batch. The agent
 * commits other things, too: it is a batch's where the connection has moved a cursor before.
 */
async function startProxy(databaseUrl: string): Promise<Proxy> {
  const target = new URL(databaseUrl);
  let armed = false;
  let cuts = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connectSocket(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
    let moved = false;
    client.on('data', (data) => {
      moved ||= data.toString('latin1').includes('update sources set position');
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (!armed || !moved || !data.toString('latin1').includes('COMMIT\0')) {
        client.write(data);
        return;
      }
      armed = false;
      cuts += 1;
      client.destroy();
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(databaseUrl);
  url.port = String((server.address() as { port: number }).port);
  return {
    url: url.href,
    cutAfterCommit: () => {
      armed = true;
    },
    cuts: () => cuts,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
