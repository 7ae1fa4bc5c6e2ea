// Requests of one batch folded into transfers, without a database.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fold } from '../../../app/ingest/fold/fold.ts';
import { addRange } from '../../../app/ingest/fold/ranges.ts';
import { createClassifier } from '../../../app/ingest/record/classify.ts';
import { Names } from '../../../app/ingest/record/names.ts';
import { readRecord } from '../../../app/ingest/record/record.ts';
import { line, noon, type RecordFields, visitor } from '../records.ts';

const classify = createClassifier({ allow: [], deny: [] });

function fold(records: readonly Partial<RecordFields>[]): Fold {
  const folded = new Fold(new Names(classify), 1000, 4);
  for (const fields of records) {
    const reading = readRecord(Buffer.from(line(fields)));
    if (reading.kind === 'entry') folded.addEntry(reading.entry);
  }
  return folded;
}

const agentOf = (folded: Fold) => folded.names.origins[folded.origin[0] as number]?.agent;

describe('a transfer', () => {
  it('has the origin of its earliest request, and of two in one millisecond always the same', () => {
    const same = ['curl/8', 'Wget/1', 'aria2/1'].map((agent) => ({ agent, at: noon }));
    const later = { agent: 'Firefox', at: noon + 1 };
    const orders = [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
    ].map((order) => order.map((n) => same[n] as (typeof same)[number]));
    const agents = orders.flatMap((order) => [
      agentOf(fold([later, ...order])),
      agentOf(fold([...order, later])),
    ]);
    expect(new Set(agents).size).toBe(1);
    expect(agents[0]).not.toBe('Firefox');
  });

  it('covers what its ranges cover together, in one form whatever their order', () => {
    const parts = fc.array(fc.tuple(fc.nat(950), fc.integer({ min: 1, max: 200 })), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(parts, fc.infiniteStream(fc.nat()), (ranges, numbers) => {
        const records = ranges.map(([from, sent]) => ({ from, sent, status: 206 }));
        const shuffled = records.map((record) => ({ record, rank: numbers.next().value as number }));
        shuffled.sort((a, b) => a.rank - b.rank);
        const bytes = new Set<number>();
        for (const [from, sent] of ranges)
          for (let n = from; n < Math.min(1000, from + sent); n += 1) bytes.add(n);
        for (const folded of [fold(records), fold(shuffled.map(({ record }) => record))]) {
          expect(coveredBytes(folded)).toEqual([...bytes].sort((a, b) => a - b));
        }
      }),
    );
  });

  it('began when its first request began; a request is said to have taken thirty days at most', () => {
    const thirtyDays = 30 * 86_400_000;
    const began = (ms: number) => fold([{ at: noon, ms }]).beganAt[0];
    expect(began(1)).toBe(noon * 1000 - 1);
    expect(began(thirtyDays)).toBe(noon * 1000 - thirtyDays);
    expect(began(thirtyDays + 1)).toBe(noon * 1000 - thirtyDays);
    expect(began(2 ** 50)).toBe(noon * 1000 - thirtyDays);
  });

  it('lies in key order with its neighbours, also where visitors share an upper half', () => {
    const names = Array.from({ length: 300 }, (_, n) => visitor(`${n % 150}`));
    const folded = fold(names.map((name, n) => ({ visitor: name, path: `/${n % 4}` })));
    const keys = [...folded.sorted()].map((index) => {
      const hi = BigInt(folded.visitorHi[index] as number);
      const lo = BigInt((folded.visitorLo[index] as number) >>> 0);
      return (hi << 32n) | lo;
    });
    expect(keys).toEqual([...keys].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
  });
});

describe('a fold', () => {
  it('holds days that lie within a hundred, on either side, and any day when it is empty', () => {
    const empty = fold([]);
    expect(empty.holds(0)).toBe(true);
    const folded = fold([{ at: noon }]);
    const day = Math.floor(noon / 86_400);
    for (const [other, holds] of [
      [day + 99, true],
      [day - 99, true],
      [day + 100, false],
      [day - 100, false],
    ] as const)
      expect(folded.holds(other)).toBe(holds);
    folded.clear(1000);
    expect(folded.holds(day + 100)).toBe(true);
  });
});

function coveredBytes(folded: Fold): number[] {
  const ranges = [0, folded.front[0] as number, ...(folded.beyond.get(0) ?? [])];
  const bytes: number[] = [];
  for (let i = 0; i < ranges.length; i += 2) {
    // One form: sorted, and nothing touches.
    if (i > 0) expect(ranges[i] as number).toBeGreaterThan(ranges[i - 1] as number);
    for (let n = ranges[i] as number; n < (ranges[i + 1] as number); n += 1) bytes.push(n);
  }
  return bytes;
}

it('ranges that touch become one', () => {
  const ranges = [10, 20, 30, 40];
  addRange(ranges, 20, 30);
  expect(ranges).toEqual([10, 40]);
  addRange(ranges, 0, 5);
  expect(ranges).toEqual([0, 5, 10, 40]);
});
