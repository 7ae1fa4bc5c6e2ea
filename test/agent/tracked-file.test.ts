// A log that is cut, and grows again beyond where it was read to, between two looks at it: nothing tells but its bytes.

import { appendFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TrackedFile } from '../../app/agent/tracked-file.ts';
import type { Lexicon } from '../../app/ingest/fold/batch-reader.ts';
import { TwoFolds } from '../../app/ingest/fold/two-folds.ts';
import { createClassifier } from '../../app/ingest/record/classify.ts';
import { FastReader } from '../../app/ingest/record/fast-reader.ts';
import { Names } from '../../app/ingest/record/names.ts';
import { readRecord } from '../../app/ingest/record/record.ts';
import { temporaryFolder } from '../harness/folders.ts';
import { createDatabase, type TestDatabase } from '../harness/postgres.ts';
import { lines, visitor } from '../ingest/records.ts';

let database: TestDatabase;
let log: string;
let tracked: TrackedFile;
beforeEach(async () => {
  database = await createDatabase();
  log = path.join(await temporaryFolder('tracked'), 'downloads.log');
});
afterEach(async () => {
  await tracked.close();
  await database.drop();
});

const records = (name: string, count: number) =>
  lines(Array.from({ length: count }, (_, index) => ({ visitor: visitor(`${name} ${index}`) })));

async function identified(text: string): Promise<void> {
  await writeFile(log, text);
  const { dev, ino } = await stat(log);
  tracked = new TrackedFile(log, `${dev}:${ino}`, true);
  await tracked.status();
  const judge = { readLine: readRecord, now: Date.now, closedDays: new Set<number>() };
  const limits = { transfers: 50_000, lines: 100_000 };
  const about = { kind: 'file', edge: 'fra1' } as const;
  expect(await tracked.identify(database.sql, about, judge, limits, false)).toBe('ready');
}

async function next(): Promise<number | undefined> {
  const names = new Names(createClassifier({ allow: [], deny: [] }));
  const lexicon: Lexicon = { names, folds: new TwoFolds(names), fastReader: new FastReader(names) };
  return (await tracked.next(lexicon, false))?.lines;
}

it('reads on where it stood', async () => {
  await identified(records('old', 10));
  expect(await next()).toBe(10);
  expect(await next()).toBeUndefined();
  await appendFile(log, records('new', 3));
  expect(await next()).toBe(3);
  expect(tracked.ready).toBe(true);
});

it('hands on nothing of a log that was cut after it was identified', async () => {
  await identified(records('old', 10));
  await writeFile(log, records('new', 30));
  expect(await next()).toBeUndefined();
  expect(tracked.ready).toBe(false);
});

it('hands on nothing of a log that was cut since the last batch', async () => {
  await identified(records('old', 10));
  expect(await next()).toBe(10);
  await writeFile(log, records('new', 30));
  expect(await next()).toBeUndefined();
  expect(tracked.ready).toBe(false);
});
