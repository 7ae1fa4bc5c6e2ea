// Names by their bytes: as many and as long as they come, each keeps its number.

import { expect, test } from 'vitest';
import { ByteNames, viewOf } from '../../../app/ingest/record/byte-names.ts';

/** 5,000 names of 30 to 130 bytes: many times what the table and its bytes begin with. */
const names = Array.from({ length: 5000 }, (_, i) =>
  Buffer.from(`/files/${'x'.repeat(i % 100)}/${i}.iso ${i * i}`),
);

test('finds each name again after its table and its bytes have grown, and no other', () => {
  const known = new ByteNames();
  for (const [number, name] of names.entries()) {
    const view = viewOf(name);
    expect(known.find(view, 0, name.length)).toBe(-1);
    known.add(view, 0, name.length, 7 * number);
  }
  for (const [number, name] of names.entries())
    expect(known.numbers[known.find(viewOf(name), 0, name.length)]).toBe(7 * number);
  for (const name of names) expect(known.find(viewOf(name), 1, name.length)).toBe(-1);
});

test('keeps a name that is longer than all there was room for', () => {
  const known = new ByteNames();
  const long = Buffer.alloc(200_000, 'long');
  const entry = known.add(viewOf(long), 0, long.length, 3);
  expect(known.find(viewOf(long), 0, long.length)).toBe(entry);
  expect(known.find(viewOf(long), 0, long.length - 1)).toBe(-1);
});
