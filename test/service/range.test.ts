// How much a request may send at the most.

import { expect, test } from 'vitest';
import { isResume, mostBytes } from '../../app/service/limits/range.ts';

test.each<[string | undefined, string | undefined, number | undefined, number | undefined]>([
  [undefined, undefined, 1000, 1000],
  [undefined, undefined, undefined, undefined],
  ['bytes=0-', undefined, 1000, 1000],
  ['bytes=400-', undefined, 1000, 600],
  ['bytes=400-', undefined, undefined, undefined],
  ['bytes=0-99', undefined, 1000, 100],
  ['bytes=0-99', undefined, undefined, 100],
  ['bytes=900-5000', undefined, 1000, 100],
  ['bytes=-100', undefined, 1000, 100],
  ['bytes=-5000', undefined, 1000, 1000],
  ['bytes=2000-', undefined, 1000, 0],
  // not honoured, or not surely: the whole file
  ['bytes=0-0', '"other"', 1000, 1000],
  ['bytes=0-0,5-9', undefined, 1000, 1000],
  ['bytes=9-0', undefined, 1000, 1000],
  ['bytes=-', undefined, 1000, 1000],
  ['bytes=a-b', undefined, 1000, 1000],
  ['items=0-0', undefined, 1000, 1000],
  ['bytes=99999999999999999999-', undefined, 1000, 1000],
])('%s, If-Range %s, of %s bytes: %s', (range, ifRange, size, expected) => {
  expect(mostBytes(range, ifRange, size)).toBe(expected);
});

test.each<[string | undefined, boolean]>([
  ['bytes=1-', true],
  ['bytes=400-999', true],
  [' bytes=0400- ', true],
  ['bytes=0-', false],
  ['bytes=00-', false],
  ['bytes=-400', false],
  ['bytes=400-,500-', false],
  ['bytes=x', false],
  [undefined, false],
])('%s goes on with a download: %s', (range, expected) => {
  expect(isResume(range)).toBe(expected);
});
