// FAULTS 22 to 29 and 37: lines that are torn, huge, binary, forged or from another time. Each becomes one
// reject with its reason, and its neighbours count.

import { once } from 'node:events';
import { appendFileSync, createWriteStream, readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { until } from '../../app/run/until.ts';
import { createDatabase, type TestDatabase } from '../harness/postgres.ts';
import { line } from '../ingest/records.ts';
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

it('22: a last line without its end waits, and counts once when completed', async () => {
  rig.append(3);
  const [record] = rig.make(1);
  const text = line(record);
  appendFileSync(rig.log, text.slice(0, 100));
  await rig.start();
  await rig.expectAll();
  appendFileSync(rig.log, `${text.slice(100)}\n`);
  rig.written.push(...(record ? [record] : []));
  await rig.expectAll();
  await rig.expectCursorAtEnd();
});

it('23: what is left in a rotated log that nobody writes to is one reject, and the file is closed', async () => {
  rig.append(2);
  appendFileSync(rig.log, line().slice(0, 100));
  await rig.start({ TALLYGATE_AGENT_CLOSE_AFTER: '1' });
  await rig.read(2);
  await rename(rig.log, `${rig.log}.1`);
  await writeFile(rig.log, '');
  rig.append(1);
  await rig.expectAll({ rejects: 1 });
  expect(await rig.reasons()).toEqual({ unfinished: 1 });
});

it('24: characters of several bytes on the boundary of a read', async () => {
  rig.append(1);
  const long = 'ä'.repeat(2000);
  const bad = `{"v":1,"edge":"${long}"}\n`;
  for (let i = 0; i < 600; i += 1) appendFileSync(rig.log, bad);
  rig.append(5);
  await rig.start();
  await rig.expectAll({ rejects: 600 });
});

it('25 to 29, 37: torn, binary, invalid, forged and future lines', async () => {
  const bad: [reason: string, bytes: string | Buffer][] = [
    ['not_json', line().slice(0, 120) + line()],
    ['nul', `${'\0'.repeat(300)}${line()}`],
    ['nul', `${line().slice(0, 60)}\0${line().slice(60)}`],
    ['field_path', line().replace('/files/a.iso', '/files/\\u0000')],
    ['not_utf8', Buffer.from(line().replace('/files/a.iso', '/files/\u00ff'), 'latin1')],
    ['not_json', '['.repeat(20_000)],
    ['duplicate_key', line().replace('"sent":1000', '"sent":1,"sent":1000')],
    ['unknown_key', line().replace('"sent":1000', '"sent":1000,"__proto__":{"x":1}')],
    ['field_sent', line().replace('"sent":1000', '"sent":1e999')],
    ['field_sent', line().replace('"sent":1000', '"sent":-1')],
    ['future', line({ at: Date.now() / 1000 + 7200 })],
    ['not_json', ''],
    ['not_json', '203.0.113.9 - - [20/Nov/2026:13:00:00 +0100] "GET / HTTP/1.1" 200 5 "-" "-"'],
  ];
  for (const [, bytes] of bad) {
    rig.append(2);
    appendFileSync(rig.log, Buffer.concat([Buffer.from(bytes as string), Buffer.from('\n')]));
  }
  rig.append(2);
  await rig.start();
  await rig.expectAll({ rejects: bad.length });
  const stored = await rig.sql<
    { reason: string; sample: string; line: string }[]
  >`select * from rejects order by line`;
  expect(stored.map((row) => row.reason)).toEqual(bad.map(([reason]) => reason));
  expect(stored.map((row) => Number(row.line))).toEqual(bad.map((_, i) => 3 * (i + 1)));
  for (const { sample } of stored) expect(sample).toMatch(/^[\x20-\x7e]{0,1700}$/);
  expect(stored[1]?.sample).toContain('\\x00');
  // An hour ahead is another host's clock, not a forgery.
  appendFileSync(rig.log, `${line({ at: Date.now() / 1000 + 3000 })}\n`);
  await rig.read(rig.written.length + bad.length + 1);
  expect((await rig.totals()).rejects).toBe(bad.length);
});

it('26: a line of 256 MiB is one reject, in constant memory', async () => {
  rig.append(2);
  const agent = await rig.start();
  await rig.read(2);
  const before = residentBytes(agent.pid);
  const out = createWriteStream(rig.log, { flags: 'a' });
  const block = Buffer.alloc(1 << 20, 'x');
  for (let i = 0; i < 256; i += 1) if (!out.write(block)) await once(out, 'drain');
  out.end('\n');
  await once(out, 'finish');
  rig.append(2);
  await rig.expectAll({ rejects: 1, timeoutMs: 60_000 });
  expect(await rig.reasons()).toEqual({ too_long: 1 });
  expect(residentBytes(agent.pid) - before).toBeLessThan(64 << 20);
  await until(() => rig.expectCursorAtEnd().then(() => true), 'the cursor at the end');
});

it('stores a bounded number of samples, and counts every rejected line', async () => {
  rig.append(1);
  await rig.start();
  for (let round = 1; round <= 15; round += 1) {
    appendFileSync(rig.log, 'nonsense\n'.repeat(2000));
    await rig.read(1 + 2000 * round);
  }
  await rig.expectAll({ rejects: 30_000 });
  expect(await rig.reasons()).toEqual({ not_json: 30_000 });
  const [row] = await rig.sql`select count(*)::int as samples from rejects`;
  expect(row?.samples).toBeGreaterThan(1000);
  expect(row?.samples).toBeLessThanOrEqual(11_000);
});

function residentBytes(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}
