// How often a line stands in logs that meet: the counts beside a plain map, and what a line is known by.

import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { LineCounts } from '../../../app/ingest/history/line-counts.ts';
import { clientTagOf, LineHash } from '../../../app/ingest/history/line-hash.ts';
import type { Entry } from '../../../app/ingest/record/record.ts';

/** Few lines, which meet again. Of some the place in the table is the same. */
const step = fc.record({
  hi: fc.constantFrom(0, 1),
  lo: fc.constantFrom(-1024, 0, 1, 1024),
  times: fc.constantFrom(0, 0, 0, 1, 2, 5),
});

test('a line counts where it stands more often than in any other log', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100, size: 'max' }), (steps) => {
      const counts = new LineCounts();
      const here = new Map<string, number>();
      const elsewhere = new Map<string, number>();
      for (const { hi, lo, times } of steps) {
        const line = `${hi} ${lo}`;
        // 0: it is read here. Otherwise a log is looked at that has it so often.
        if (times > 0) {
          counts.note(hi, lo, times);
          elsewhere.set(line, Math.max(times, elsewhere.get(line) ?? 0));
          continue;
        }
        here.set(line, (here.get(line) ?? 0) + 1);
        expect(counts.add(hi, lo)).toBe((here.get(line) ?? 0) > (elsewhere.get(line) ?? 0));
      }
      expect(new Map([...counts.here()].map(([hi, lo, times]) => [`${hi} ${lo}`, times]))).toEqual(here);
    }),
  );
});

test('there is room for any number of lines, and each stays what it was', () => {
  const counts = new LineCounts();
  const lines = Array.from({ length: 5000 }, (_, n) => [n % 7, Math.imul(n, 0x9e3779b1)] as const);
  for (const [n, [hi, lo]] of lines.entries()) counts.note(hi, lo, n % 3);
  const again = () => lines.map(([hi, lo]) => counts.add(hi, lo));
  expect(again()).toEqual(lines.map((_, n) => n % 3 === 0));
  expect(again()).toEqual(lines.map((_, n) => n % 3 < 2));
  expect([...counts.here()].sort()).toEqual(lines.map(([hi, lo]) => [hi, lo, 2]).sort());
});

const entry = {
  id: '',
  at: 1_795_239_731_342,
  sent: 2 ** 33 + 5,
  from: -1,
  host: 'dl.example.org',
  path: '/files/größe.iso',
  agent: 'curl/8',
  referrer: '',
} as Entry;
const hash = (fields: Partial<Entry> = {}, tag = 0) => {
  const made = new LineHash();
  made.of({ ...entry, ...fields }, tag);
  return [made.hi, made.lo];
};

describe('a line is known by', () => {
  // PostgreSQL keeps them: another way to compute them would count every line anew.
  it('numbers that never change', () => {
    expect([hash(), hash({}, 255), hash({ id: '0123456789abcdef0123456789abcdef' })]).toEqual([
      [554_538_299, 1_941_943_995],
      [426_953_879, -1_671_850_646],
      [1_269_010_094, -1_906_748_488],
    ]);
    expect(
      ['203.0.113.9', '::FFFF:203.0.113.9', '2001:db8::1', '2001:DB8::2', 'Name.Example', ''].map(
        clientTagOf,
      ),
    ).toEqual([231, 231, 132, 132, 105, 11]);
  });

  it.each<Partial<Entry>>([
    { at: entry.at + 1 },
    { at: entry.at + 2 ** 32 },
    { sent: entry.sent + 1 },
    { sent: entry.sent - 2 ** 32 },
    { from: 0 },
    { host: 'dl.example.orG' },
    { path: '/files/größe.isp' },
    { agent: 'curl/9' },
    { referrer: 'a' },
    { host: 'dl.example.org/', path: 'files/größe.iso' },
    { id: 'a' },
  ])('every part of it: %o', (other) => {
    const [hi, lo] = hash();
    expect(hash(other)[0]).not.toBe(hi);
    expect(hash(other)[1]).not.toBe(lo);
  });

  it('its id alone, where it has one', () => {
    expect(hash({ id: 'a', path: '/x' })).toEqual(hash({ id: 'a' }));
    expect(hash({ id: 'a' }, 1)).not.toEqual(hash({ id: 'a' }));
  });
});
