// A fold beside a model that is as plain as can be: sets of bytes, text for keys, bigints for order.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Fold } from '../../../app/ingest/fold/fold.ts';
import { sumNewTallies } from '../../../app/ingest/fold/new-tallies.ts';
import { createClassifier } from '../../../app/ingest/record/classify.ts';
import { dayLength } from '../../../app/ingest/record/day.ts';
import { type Id, toBigint } from '../../../app/ingest/record/ids.ts';
import { type FilePolicy, Names } from '../../../app/ingest/record/names.ts';
import { RequestNumbers } from '../../../app/ingest/record/request.ts';

const own: FilePolicy = { minBytes: 7, completeRatio: 0.5 };
const names = new Names(createClassifier({ allow: [], deny: [] }), (_, path) =>
  path === '/own.iso' ? own : undefined,
);
// Not in the order of their ids, nor in that of their text.
for (const token of ['b', '', 'a', 'c']) names.token(token);
for (const key of ['k1', 'k2']) names.key(key);
for (const edge of ['e1', 'e2']) names.edge(edge);
for (const path of ['/a.iso', '/own.iso', '/b.iso'])
  for (const [etag, size] of [
    ['1', 0],
    ['2', 20],
    ['3', 13],
  ] as const)
    names.version('dl.example.org', path, etag, size);
for (const agent of ['curl/8', 'Wget/1', 'Googlebot/2.1', 'aria2/1'])
  for (const edge of ['e1', 'e2']) names.origin(edge, agent, '', '');

const numberOf = (list: readonly unknown[]) => fc.nat(list.length - 1);
const day = 20_000 * dayLength;
const request: fc.Arbitrary<RequestNumbers> = fc.record({
  visitorHi: fc.constantFrom(-5, 0, 7),
  visitorLo: fc.constantFrom(-1, 0, 1, 2),
  version: numberOf(names.versions),
  token: numberOf(names.tokens),
  key: numberOf(names.keys),
  edge: numberOf(names.edges),
  origin: numberOf(names.origins),
  at: fc.constantFrom(0, 1, 2, 899_999, 900_000, dayLength - 1, dayLength).map((after) => day + after),
  ms: fc.constantFrom(0, 1, 5, 2 ** 50),
  from: fc.integer({ min: -1, max: 12 }),
  sent: fc.nat(21),
});
/** Of few transfers, so that some have many requests. */
const requests = fc.oneof(
  fc.array(request, { maxLength: 40, size: 'max' }),
  fc.array(
    request.map((one) => ({ ...one, visitorHi: 7, visitorLo: 0, version: 1 + (one.version % 2), token: 1 })),
    { maxLength: 40, size: 'max' },
  ),
);

type Transfer = { key: RequestNumbers & { day: number }; requests: RequestNumbers[]; bytes: Set<number> };

const dayOf = (at: number) => Math.floor(at / dayLength);
const idOf = (list: readonly { id: Id }[], number: number) => toBigint((list[number] as { id: Id }).id);
const least = <T>(list: readonly T[], isLess: (a: T, b: T) => boolean) =>
  list.reduce((a, b) => (isLess(b, a) ? b : a));

function modelOf(all: readonly RequestNumbers[]): Transfer[] {
  const transfers = new Map<string, Transfer>();
  for (const one of all) {
    const key = { ...one, day: dayOf(one.at) };
    const text = [key.visitorHi, key.visitorLo, key.version, key.token, key.day].join();
    const transfer = transfers.get(text) ?? { key, requests: [], bytes: new Set() };
    transfers.set(text, transfer);
    transfer.requests.push(one);
    const end = one.from + one.sent;
    const size = names.versions[one.version]?.size || Number.POSITIVE_INFINITY;
    if (one.from >= 0) for (let n = one.from; n < Math.min(end, size); n += 1) transfer.bytes.add(n);
  }
  return [...transfers.values()].sort((a, b) => (isBefore(a.key, b.key) ? -1 : 1));
}

/** The order of rows in PostgreSQL. */
function isBefore(a: Transfer['key'], b: Transfer['key']): boolean {
  const order = [
    [a.visitorHi, b.visitorHi],
    [a.visitorLo >>> 0, b.visitorLo >>> 0],
    [idOf(names.versions, a.version), idOf(names.versions, b.version)],
    [names.tokens[a.token] as string, names.tokens[b.token] as string],
    [a.day, b.day],
  ] as const;
  const [left, right] = order.find(([x, y]) => x !== y) ?? [0, 0];
  return left < right;
}

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

/** The request whose origin the transfer has. */
function firstOf({ requests }: Transfer): RequestNumbers {
  const earlier = (a: RequestNumbers, b: RequestNumbers) =>
    a.at < b.at || (a.at === b.at && idOf(names.origins, a.origin) < idOf(names.origins, b.origin));
  return least(requests, earlier);
}

function wanted(transfer: Transfer, scale: number) {
  const { key, requests, bytes } = transfer;
  const ranges = rangesOf(bytes).map((end) => end * scale);
  const began = requests.map(({ at, ms }) => at - Math.min(ms, 30 * dayLength));
  return {
    key: [key.visitorHi, key.visitorLo, key.version, key.token, key.day],
    count: requests.length,
    sent: sum(requests.map(({ sent }) => sent)) * scale,
    firstAt: Math.min(...requests.map(({ at }) => at)),
    lastAt: Math.max(...requests.map(({ at }) => at)),
    beganAt: Math.min(...began),
    origin: firstOf(transfer).origin,
    ranges,
    hasMore: ranges.length > (ranges[0] === 0 ? 2 : 0),
  };
}

/** The ends of the runs in a set of numbers. */
function rangesOf(bytes: ReadonlySet<number>): number[] {
  const ends: number[] = [];
  for (let n = 0; n <= 40; n += 1) if (bytes.has(n) !== bytes.has(n - 1)) ends.push(n);
  return ends;
}

function found(fold: Fold, index: number) {
  const { visitorHi, visitorLo, version, token, count, sent, firstAt, lastAt, beganAt, origin } = fold;
  const front = fold.front[index] as number;
  return {
    key: [visitorHi, visitorLo, version, token, fold.day].map((column) => column[index]),
    count: count[index],
    sent: sent[index],
    firstAt: firstAt[index],
    lastAt: lastAt[index],
    beganAt: beganAt[index],
    origin: origin[index],
    ranges: [...(front > 0 ? [0, front] : []), ...(fold.beyond.get(index) ?? [])],
    hasMore: fold.beyond.has(index),
  };
}

const policy = { minBytes: 4, completeRatio: 0.95 };

/** The rows of the tallies, as text: file, class, edge and bucket, then the sums. */
function talliesOf(transfers: readonly Transfer[]): string[] {
  const rows = new Map<string, number[]>();
  for (const transfer of transfers) {
    const version = names.versions[transfer.key.version] as (typeof names.versions)[number];
    const first = firstOf(transfer);
    const { minBytes, completeRatio } = version.policy ?? policy;
    const sent = sum(transfer.requests.map((one) => one.sent));
    const isDownload = sent >= minBytes;
    const isComplete =
      isDownload && version.size > 0 && transfer.bytes.size >= Math.ceil(completeRatio * version.size);
    const more = [
      transfer.requests.length,
      sent,
      Number(isDownload),
      Number(isComplete),
      isComplete ? Math.max(1, Math.floor(sent / version.size)) : 0,
      Number(isDownload && version.size === 0),
    ];
    const key = rowKey(transfer.key.version, first.origin, Math.floor(first.at / 900_000));
    rows.set(
      key,
      (rows.get(key) ?? more.map(() => 0)).map((n, i) => n + (more[i] as number)),
    );
  }
  return [...rows].map(([key, sums]) => `${key}: ${sums}`).sort();
}

function rowKey(version: number, origin: number, bucket: number): string {
  const { class: kind, edge } = names.origins[origin] as (typeof names.origins)[number];
  return `${names.versions[version]?.path} ${kind} ${edge} ${bucket}`;
}

function newTallies(fold: Fold): string[] {
  sumNewTallies(fold, fold.sorted(), policy);
  const { newTallies: all } = fold;
  const sums = [all.requests, all.bytes, all.downloads, all.completed, all.copies, all.sizeUnknown];
  return Array.from({ length: all.size }, (_, row) => {
    const key = rowKey(all.version[row] as number, all.origin[row] as number, all.bucket[row] as number);
    return `${key}: ${sums.map((column) => column[row])}`;
  }).sort();
}

function expectSame(fold: Fold, all: readonly RequestNumbers[], scale: number): void {
  const transfers = modelOf(all);
  expect(fold.requests).toBe(all.length);
  expect(fold.size).toBe(transfers.length);
  expect([fold.firstDay, fold.lastDay]).toEqual([
    Math.min(...all.map(({ at }) => dayOf(at))),
    Math.max(...all.map(({ at }) => dayOf(at))),
  ]);
  expect([...fold.sorted()].map((index) => found(fold, index))).toEqual(
    transfers.map((transfer) => wanted(transfer, scale)),
  );
  const uses = [...fold.keyUses.values()];
  expect(sum(uses.map((use) => use.requests))).toBe(all.length);
  if (scale === 1) expect(newTallies(fold)).toEqual(talliesOf(transfers));
}

it('has the transfers, their order and the tallies of the model, from any requests, and again when it was cleared', () => {
  fc.assert(
    // Bytes in units of one, or of more than 32 bits hold, where no file's size is in the way.
    fc.property(
      requests,
      requests,
      fc.constantFrom(1, 2 ** 33),
      fc.integer({ min: 1, max: 8 }),
      (first, second, scale, room) => {
        const fold = new Fold(names, 1000, room);
        for (const all of [first, second]) {
          const scaled = all.map((one) => ({
            ...one,
            // The versions of unknown size.
            version: scale === 1 ? one.version : one.version - (one.version % 3),
          }));
          for (const one of scaled)
            fold.add({ ...one, from: one.from < 0 ? -1 : one.from * scale, sent: one.sent * scale });
          expectSame(fold, scaled, scale);
          fold.clear(1000);
        }
      },
    ),
    { numRuns: 100 },
  );
});

it('counts an entry as the request that its names make of it', () => {
  const fold = new Fold(names, 10);
  const { host, path, etag, size } = names.versions[4] as (typeof names.versions)[number];
  const { agent, referrer, country } = names.origins[3] as (typeof names.origins)[number];
  const said = { host, path, etag, size, agent, referrer, country, edge: 'e2', token: 'a', key: 'k2' };
  // AAAAAQAAAAI: the halves are 1 and 2.
  fold.addEntry({ ...said, id: '', at: day + 9, ms: 5, from: 3, sent: 4, visitor: 'AAAAAQAAAAI' });
  expect(found(fold, 0)).toEqual({
    key: [1, 2, 4, names.token('a'), 20_000],
    count: 1,
    sent: 4,
    firstAt: day + 9,
    lastAt: day + 9,
    beganAt: day + 4,
    origin: 3,
    ranges: [3, 7],
    hasMore: true,
  });
  expect([...fold.keyUses.values()]).toEqual([
    { key: names.key('k2'), edge: names.edge('e2'), day: 20_000, requests: 1, lastAt: day + 9 },
  ]);
});

it('is full with as many transfers as it may hold, and never with more than its order can tell apart', () => {
  for (const [capacity, most] of [
    [3, 3],
    [2 ** 17, 2 ** 17],
    [2 ** 17 + 1, 2 ** 17],
  ] as const) {
    const fold = new Fold(names, capacity, 1);
    const one = new RequestNumbers();
    while (!fold.full) {
      one.visitorHi = (fold.size * 2_654_435_761) | 0;
      fold.add(one);
    }
    expect(fold.size).toBe(most);
    expect(fold.spare.length).toBeGreaterThanOrEqual(most);
    const order = fold.sorted();
    for (let place = 1; place < most; place += 1) {
      const [before, after] = [
        fold.visitorHi[order[place - 1] as number],
        fold.visitorHi[order[place] as number],
      ];
      if ((before as number) >= (after as number)) expect.fail(`${before} stands before ${after}`);
    }
    fold.clear(2);
    expect([fold.full, fold.holds(0), fold.holds(1e6)]).toEqual([false, true, true]);
    one.visitorHi = 0;
    fold.add(one);
    expect(fold.full).toBe(false);
    one.visitorHi = 1;
    fold.add(one);
    expect(fold.full).toBe(true);
    fold.clear(capacity);
    expect(fold.full).toBe(false);
  }
});

it('knows which names were met before it was sealed', () => {
  const fold = new Fold(names, 10);
  fold.seal();
  const [versions, origins] = [names.versions.length, names.origins.length];
  names.version('dl.example.org', '/later.iso', '', 1);
  names.origin('e3', 'curl/8', '', '');
  expect([fold.versionsMet, fold.originsMet]).toEqual([versions, origins]);
});
