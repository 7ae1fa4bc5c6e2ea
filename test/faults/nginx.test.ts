// FAULTS 10, 12, 39, 42: the log as a real NGINX writes it: four workers, rotation, a worker that cannot reopen,
// kill -9.

import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { until } from '../../app/run/until.ts';
import { etc } from '../gate/site.ts';
import { type Nginx, startNginx } from '../harness/nginx.ts';
import { createDatabase, type TestDatabase } from '../harness/postgres.ts';
import { Rig } from './rig.ts';

let database: TestDatabase;
let nginx: Nginx;
let rig: Rig;
beforeEach(async () => {
  database = await createDatabase();
  nginx = await startNginx({
    workers: 4,
    server: 'location /public/ { include tallygate/count.conf; }',
    etc: etc(),
    files: { 'public/a.iso': 'x'.repeat(1000) },
  });
  rig = await Rig.create({ url: database.url, logs: path.join(nginx.places.log, 'downloads.log') });
});
afterEach(async () => {
  await rig.end();
  await database.drop();
});

/** Downloads over many connections at once, so that every worker has its share. */
async function download(count: number): Promise<void> {
  for (let done = 0; done < count; done += 50) {
    await Promise.all(
      Array.from({ length: Math.min(50, count - done) }, async (_, i) => {
        const response = await fetch(`${nginx.url}/public/a.iso`, {
          headers: { connection: 'close', 'user-agent': `curl/8 ${done + i}` },
        });
        await response.arrayBuffer();
      }),
    );
  }
}

async function expectDownloads(requests: number): Promise<void> {
  await rig.read(requests);
  expect(await rig.totals()).toEqual({ lines: requests, requests, rejects: 0 });
  const [row] = await rig.sql`select sum(requests)::int as requests, sum(bytes)::int as bytes from tallies`;
  expect(row).toEqual({ requests, bytes: 1000 * requests });
}

it('10, 42: four workers append whole lines, through rotations', async () => {
  await rig.start();
  let requests = 0;
  for (const suffix of ['.1', '.2', '.3']) {
    const loading = download(300);
    await nginx.rotate(suffix);
    await loading;
    requests += 300;
  }
  await expectDownloads(requests);
  await nginx.stop();
});

it.skipIf(!mayFreeze())(
  '12: workers that cannot reopen go on writing to the renamed log, and are followed',
  async () => {
    await rig.start();
    await download(50);
    await expectDownloads(50);
    await rename(rig.log, `${rig.log}.1`);
    // In the way of the new log stands one that the workers may not write to, nor the master give to them.
    execFileSync('sh', ['-c', `umask 077; : > '${rig.log}'; chattr +i '${rig.log}'`]);
    nginx.child.kill('SIGUSR1');
    await until(
      async () => /downloads\.log.*(?:Permission denied|not permitted)/.test(await nginx.errorLog()),
      'NGINX to fail to reopen its log',
    );
    await download(50);
    execFileSync('chattr', ['-i', rig.log]);
    await expectDownloads(100);
    await nginx.stop({ allow: /downloads\.log/ });
  },
);

it('39: after kill -9 every line that was written is there', async () => {
  await rig.start();
  await download(200);
  const workers = execFileSync('ps', ['-o', 'pid=', '--ppid', String(nginx.child.pid)]).toString();
  for (const pid of [nginx.child.pid, ...workers.split('\n').map(Number).filter(Boolean)]) {
    process.kill(pid, 'SIGKILL');
  }
  await nginx.child.exited;
  await expectDownloads(200);
});

/** Whether files can be made immutable here: root, on a file system that knows the flag. */
function mayFreeze(): boolean {
  const file = path.join(tmpdir(), `tallygate-test-freeze-${process.pid}`);
  try {
    writeFileSync(file, '');
    execFileSync('chattr', ['+i', file], { stdio: 'ignore' });
    execFileSync('chattr', ['-i', file], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(file, { force: true });
  }
}
