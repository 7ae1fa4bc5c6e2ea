// Faults (ARCHITECTURE.md) 10, 12, 39, 40, 42, 43: the log as a real NGINX writes it: four workers, rotation, a worker that cannot reopen,
// kill -9.

import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { until } from '../../app/process/until.ts';
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
    server: 'location ^~ /public/ { include tallygate/count.conf; }',
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
async function download(count: number, agent = 'curl/8'): Promise<void> {
  for (let done = 0; done < count; done += 50) {
    await Promise.all(
      Array.from({ length: Math.min(50, count - done) }, async (_, i) => {
        const response = await fetch(`${nginx.url}/public/a.iso`, {
          headers: { connection: 'close', 'user-agent': `${agent} ${done + i}` },
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

it('39: after kill -9 the line of every request is there, but for the last one of each worker', async () => {
  await rig.start();
  await download(200);
  await killNginx();
  // A line is written behind its answer, and a worker may die in between.
  const written = linesOf(readFileSync(rig.log));
  expect(written).toBeGreaterThanOrEqual(200 - 4);
  await expectDownloads(written);
});

it('40: with a buffered log, kill -9 loses what the workers held back, and nothing that was written', async () => {
  const record = path.join(nginx.places.includes, 'record.conf');
  const buffered = (await readFile(record, 'utf8')).replace(
    /(tallygate_record +)if/,
    '$1buffer=64k flush=10m if',
  );
  await writeFile(record, buffered);
  await nginx.reload();
  await rig.start();
  // More than four buffers hold: every worker has written once, and holds the rest back.
  const requests = 1200;
  await download(requests);
  await killNginx();
  const log = readFileSync(rig.log);
  const written = linesOf(log);
  expect(written).toBeGreaterThan(0);
  const mean = log.length / written;
  expect(requests - written).toBeLessThanOrEqual((4 * 65_536) / mean + 4);
  await expectDownloads(written);
});

it('43: njs fails for one request in a hundred: NGINX writes their records, and the sums agree', async () => {
  const bundle = path.join(nginx.places.lib, 'njs/tallygate.js');
  const text = await readFile(bundle, 'utf8');
  const failing = text.replace(
    /export default (\w+);/,
    `function record(r) {
       if (/00$/.test(r.variables.http_user_agent)) throw new Error('broken on purpose');
       return $1.rare.record(r);
     }
     export default { gate: $1.gate, visitor: $1.visitor, rare: { record: record } };`,
  );
  expect(failing).not.toBe(text);
  await writeFile(bundle, failing);
  await nginx.reload();
  await rig.start();
  // No ASCII, in UTF-8: it is njs that writes such a record.
  await download(500, Buffer.from('caf\u00e9').toString('latin1'));
  await expectDownloads(500);
  expect((await nginx.errorLog()).match(/broken on purpose/g)?.length).toBeGreaterThanOrEqual(4);
  await nginx.stop();
});

function linesOf(log: Buffer): number {
  return log.toString('latin1').split('\n').length - 1;
}

async function killNginx(): Promise<void> {
  const workers = execFileSync('ps', ['-o', 'pid=', '--ppid', String(nginx.child.pid)]).toString();
  for (const pid of [nginx.child.pid, ...workers.split('\n').map(Number).filter(Boolean)]) {
    process.kill(pid, 'SIGKILL');
  }
  await nginx.child.exited;
}

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
