// Faults (ARCHITECTURE.md) 11 to 21, 32 to 36, 38: what happens to log files, while the agent runs and while it does not.

import { execFileSync } from 'node:child_process';
import { appendFileSync, copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, readdir, readlink, rename, rm, symlink, utimes } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { until } from '../../app/process/until.ts';
import { createDatabase, type TestDatabase } from '../harness/postgres.ts';
import { lines } from '../ingest/records.ts';
import { Rig } from './rig.ts';

let database: TestDatabase;
let rig: Rig;
beforeEach(async () => {
  database = await createDatabase();
  rig = await Rig.create({ url: database.url });
});
afterEach(async () => {
  await rig.end();
  await database.drop();
});

const rotated = (number: number) => `${rig.log}.${number}`;
const stop = async () => {
  for (const agent of rig.agents) if (!agent.exit()) await agent.stop();
};

it('11: a renamed log is followed until NGINX is told, and then both', async () => {
  rig.append(10);
  await rig.start();
  await rig.expectAll();
  await rename(rig.log, rotated(1));
  for (let round = 0; round < 5; round += 1) {
    rig.append(10, rotated(1));
    await rig.expectAll();
  }
  rig.append(10);
  rig.append(10, rotated(1));
  await rig.expectAll();
});

it('13: three rotations while stopped, one of them packed', async () => {
  rig.append(10);
  await rig.start();
  await rig.expectAll();
  await stop();
  rig.append(10);
  await rename(rig.log, rotated(3));
  rig.append(10);
  await rename(rig.log, rotated(2));
  rig.append(10);
  await rename(rig.log, rotated(1));
  writeFileSync(`${rotated(3)}.gz`, gzipSync(readFileSync(rotated(3))));
  await rm(rotated(3));
  rig.append(10);
  await rig.start();
  await rig.expectAll();
});

it('14: the log followed last is gone after a stop: said, and the rest goes on', async () => {
  rig.append(10);
  await rig.start();
  await rig.expectAll();
  await stop();
  await rm(rig.log);
  rig.append(5);
  await rig.start();
  await rig.expectAll();
  await rig.said(/the log followed last is gone/);
});

it('15: copytruncate while idle', async () => {
  rig.append(20);
  await rig.start();
  await rig.expectAll();
  copyFileSync(rig.log, rotated(1));
  truncateSync(rig.log);
  rig.append(20);
  await rig.expectAll();
  await rig.said(/the log was cut/);
});

it('16: copytruncate under load loses at most what was written in between, and doubles nothing', async () => {
  await rig.start();
  rig.append(500);
  for (let round = 0; round < 5; round += 1) {
    rig.append(500);
    copyFileSync(rig.log, `${rig.log}.copy${round}`);
    truncateSync(rig.log);
    rig.append(300);
    // The truncation must be seen while the file is shorter than before, or longer with another beginning.
    await until(async () => (await rig.totals()).lines >= rig.written.length, 'all lines to be read');
  }
  await rig.expectAll();
});

it('17, 18: truncated and regrown beyond the old end while stopped; the inode of another log used again', async () => {
  rig.append(20);
  await rig.start();
  await rig.expectAll();
  await stop();
  truncateSync(rig.log);
  rig.append(50);
  await rig.start();
  await rig.expectAll();
});

it('19, 20, 32: packed and plain copies of what was read, or half read, under other names and paths', async () => {
  rig.append(20);
  await rig.start();
  await rig.expectAll();
  writeFileSync(`${rig.log}-20261120.gz`, gzipSync(readFileSync(rig.log)));
  copyFileSync(rig.log, `${rig.log}.bak`);
  rig.append(20);
  writeFileSync(`${rig.log}-20261121.gz`, gzipSync(readFileSync(rig.log)));
  await rig.expectAll();
  await stop();
  const before = rig.written.length;
  rig.append(30);
  const whole = readFileSync(rig.log);
  await rm(rig.log);
  writeFileSync(`${rig.log}-20261122.gz`, gzipSync(whole));
  const elsewhere = path.join(rig.folder, 'elsewhere');
  await mkdir(elsewhere);
  writeFileSync(path.join(elsewhere, 'downloads.log'), whole);
  await rig.start({ TALLYGATE_AGENT_LOGS: `${rig.log},${elsewhere}/*.log`, TALLYGATE_EDGE: 'ams1' });
  await rig.expectAll();
  expect(rig.written.length).toBe(before + 30);
});

it('21: of a packed log nothing is counted before it is complete and sound', async () => {
  rig.append(200, path.join(rig.folder, 'source'));
  const packed = gzipSync(readFileSync(path.join(rig.folder, 'source')));
  const target = `${rig.log}.1.gz`;
  writeFileSync(target, packed.subarray(0, packed.length / 2));
  await rig.start();
  await rig.said(/not complete yet, or damaged/);
  appendFileSync(target, packed.subarray(packed.length / 2, packed.length - 8));
  appendFileSync(target, Buffer.alloc(8, 1));
  await until(
    () => (rig.agents[0]?.stderr().match(/not complete yet, or damaged/g) ?? []).length > 1,
    'the bad sum to be told',
  );
  expect(await rig.totals()).toMatchObject({ lines: 0 });
  writeFileSync(target, packed);
  await rig.expectAll();
});

it('21: nor is a packed log taken for a plain one that is seen before its first bytes are written', async () => {
  const target = `${rig.log}.1.gz`;
  writeFileSync(target, '');
  const agent = await rig.start();
  await until(async () => {
    const opened = await readdir(`/proc/${agent.pid}/fd`);
    const names = opened.map((fd) => readlink(`/proc/${agent.pid}/fd/${fd}`).catch(() => ''));
    return (await Promise.all(names)).includes(target);
  }, 'the agent to open it');
  rig.append(200, path.join(rig.folder, 'source'));
  const packed = gzipSync(readFileSync(path.join(rig.folder, 'source')));
  expect(packed).toContain(10);
  appendFileSync(target, packed.subarray(0, 2));
  appendFileSync(target, packed.subarray(2));
  await rig.expectAll();
});

it('33: two hosts with one edge name are both counted, and it is said', async () => {
  rig.append(10);
  await rig.sql`insert into sources (fingerprint, kind, edge, host, path) values ('x', 'file', 'fra1', 'other-host', '/x')`;
  await rig.start();
  await rig.expectAll();
  await rig.said(/other hosts use the same edge name/);
});

it('34: a link is followed inside the folder; out of it, or round in a circle, it is refused', async () => {
  const inside = path.join(rig.folder, 'current');
  rig.append(5, inside);
  await symlink(inside, rig.log);
  const outside = path.join(rig.folder, '..', `outside-${path.basename(rig.folder)}`);
  writeFileSync(outside, lines([{}]));
  await symlink(outside, rotated(1));
  await symlink(rotated(3), rotated(2));
  await symlink(rotated(2), rotated(3));
  await rig.start();
  await rig.expectAll();
  await rig.said(/it is a link to/);
  await rig.said(/ELOOP/);
  // Retargeted: another content, another source.
  rig.append(5, path.join(rig.folder, 'next'));
  await rm(rig.log);
  await symlink(path.join(rig.folder, 'next'), rig.log);
  await rig.expectAll();
  await rm(outside);
});

it('35: a FIFO, a folder and a device are told apart from a log', async () => {
  execFileSync('mkfifo', [rotated(1)]);
  await mkdir(rotated(2));
  rig.append(5);
  await rig.start();
  await rig.said(/downloads\.log\.1 is not a regular file/);
  await rig.said(/downloads\.log\.2 is not a regular file/);
  await rig.expectAll();
});

it('36: a log that may not be read is told, and read when it may', async () => {
  // Root reads whatever it likes, unless it gives that up.
  const asOthers = ['setpriv', '--bounding-set', '-dac_override,-dac_read_search', '--'];
  rig.append(5);
  await rig.start({}, process.getuid?.() === 0 ? asOthers : []);
  await rig.expectAll();
  // It may be read at no time under its name.
  const next = path.join(rig.folder, 'next');
  rig.append(5, next);
  await chmod(next, 0o000);
  await rename(rig.log, rotated(1));
  await rename(next, rig.log);
  await rig.said(/EACCES/);
  await chmod(rig.log, 0o644);
  await rig.expectAll();
});

it('38: a day without a partition gets one', async () => {
  rig.append(5);
  await rig.start();
  await rig.expectAll();
  await rig.sql.unsafe(`do $$ declare name text; begin
    for name in select inhrelid::regclass::text from pg_inherits where inhparent = 'transfers'::regclass
      and inhrelid::regclass::text > 'transfers_' || to_char(now() - interval '1 day', 'YYYYMMDD')
    loop execute 'drop table ' || name; end loop; end $$`);
  appendFileSync(rig.log, lines([{ at: Math.floor(Date.now() / 1000) - 5 }]));
  await rig.read(6);
  expect((await rig.totals()).rejects).toBe(0);
});

it('several logs and a glob, one of them old', async () => {
  const logs = ['a.log', 'b.log'].map((name) => path.join(rig.folder, name));
  for (const log of logs) rig.append(10, log);
  await utimes(logs[0] as string, 1000, 1000);
  await rig.start({ TALLYGATE_AGENT_LOGS: `${rig.folder}/*.log` });
  await rig.expectAll();
  rig.append(10, path.join(rig.folder, 'c.log'));
  await rig.expectAll();
});
