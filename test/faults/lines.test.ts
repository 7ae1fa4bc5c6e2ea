// Faults (ARCHITECTURE.md) 22 to 29 and 37: lines that are torn, huge, binary, forged or from another time. Each becomes one
// reject with its reason, and its neighbours count.

import { appendFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../harness/postgres.ts';
import { line, type RecordFields, record, visitor } from '../ingest/records.ts';
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

it('24: a character of two bytes on the boundary of a read', async () => {
  // The reader's buffer: its first read ends here.
  const boundary = 1 << 20;
  const path = `/files/${'ä'.repeat(1000)}`;
  const wide = (fields: RecordFields) => Buffer.from(`${line(fields).replace('/files/wide', path)}\n`);
  const [first] = rig.make(1);
  const straddling = { ...(first as RecordFields), path: '/files/wide' };
  const bytes = wide(straddling);
  const filler = `${line({ agent: 'x' })}\n`;
  const lines = Math.floor((boundary - bytes.indexOf('ä') - 100) / filler.length);
  // The rest goes into the last line before it, so that the boundary falls behind the first byte of the tenth ä.
  const rest = boundary - 19 - bytes.indexOf('ä') - lines * filler.length;
  const before = Array.from({ length: lines }, (_, i) =>
    record({ visitor: visitor(`${i}`), agent: 'x'.repeat(i === lines - 1 ? 1 + rest : 1) }),
  );
  writeFileSync(rig.log, before.map((fields) => `${line(fields)}\n`).join(''));
  appendFileSync(rig.log, bytes);
  const log = readFileSync(rig.log);
  expect([log[boundary - 1], log[boundary]]).toEqual([0xc3, 0xa4]);
  rig.written.push(...before, straddling);
  rig.append(5);
  await rig.start();
  await rig.expectAll();
  expect(await rig.sql`select 1 from files where path = ${path}`).toHaveLength(1);
  await rig.expectCursorAtEnd();
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

it('26: a line of 1 GiB is one reject, in constant memory', async () => {
  rig.append(2);
  const agent = await rig.start();
  await rig.read(2);
  const before = residentBytes(agent.pid);
  const length = 2 ** 30;
  appendFileSync(rig.log, 'x'.repeat(1000));
  // The rest of it is a hole: read like any other bytes, and takes no room on the disk.
  truncateSync(rig.log, statSync(rig.log).size + length - 1000);
  appendFileSync(rig.log, 'x');
  appendFileSync(rig.log, '\n');
  rig.append(2);
  await rig.expectAll({ rejects: 1, timeoutMs: 120_000 });
  expect(await rig.reasons()).toEqual({ too_long: 1 });
  expect(peakBytes(agent.pid) - before).toBeLessThan(64 << 20);
  await rig.expectCursorAtEnd();
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

const memory = (pid: number, line: RegExp) =>
  Number(line.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
const residentBytes = (pid: number) => memory(pid, /VmRSS:\s+(\d+)/);
const peakBytes = (pid: number) => memory(pid, /VmHWM:\s+(\d+)/);
