// Group commit: what waits goes together, nobody waits for a timer, and nobody's fault is another's.

import { expect, test } from 'vitest';
import { coalesce } from '../../app/service/db/coalesce.ts';

/** A statement that ends when it is told to. */
function manual() {
  const groups: number[][] = [];
  const ends: (() => void)[] = [];
  const run = (items: number[]) =>
    new Promise<number[]>((resolve) => {
      groups.push(items);
      ends.push(() => resolve(items.map((item) => item * 10)));
    });
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { groups, run, end: (n: number) => ends[n]?.(), settle };
}

test('what arrives during a statement shares the next, in order, up to the limit', async () => {
  const { groups, run, end, settle } = manual();
  const call = coalesce(run, { maxItems: 3, flights: 1 });
  const first = call(1);
  await settle();
  expect(groups).toEqual([[1]]);
  const rest = Promise.all([2, 3, 4, 5].map(call));
  await settle();
  expect(groups).toHaveLength(1);
  end(0);
  await settle();
  expect(groups).toEqual([[1], [2, 3, 4]]);
  end(1);
  await settle();
  end(2);
  expect(await first).toBe(10);
  expect(await rest).toEqual([20, 30, 40, 50]);
  expect(groups).toEqual([[1], [2, 3, 4], [5]]);
});

test('items of one key never share a statement', async () => {
  const { groups, run, end, settle } = manual();
  const call = coalesce(run, { maxItems: 10, flights: 1, keyOf: (item) => String(item % 2) });
  const all = Promise.all([1, 3, 2, 5].map(call));
  await settle();
  expect(groups).toEqual([[1, 2]]);
  end(0);
  await settle();
  end(1);
  await settle();
  end(2);
  expect(await all).toEqual([10, 30, 20, 50]);
  expect(groups).toEqual([[1, 2], [3], [5]]);
});

test('where a statement fails, each item is tried alone', async () => {
  const call = coalesce(
    async (items: number[]) => {
      if (items.includes(3)) throw new Error('three');
      return items;
    },
    { maxItems: 10, flights: 2 },
  );
  const outcomes = await Promise.allSettled([1, 2, 3, 4].map(call));
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
});
