// The faults are numbered in ARCHITECTURE.md, and each number has a test.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../harness/folders.ts';

/** Faults that no test can make happen, with the reason. */
const withoutTest: ReadonlyMap<number, string> = new Map([[41, 'the power of a host fails']]);

const architecture = readFileSync(path.join(projectRoot, 'ARCHITECTURE.md'), 'utf8');
const numbered = [...architecture.matchAll(/^\| (\d+) \| /gm)].map(([, number]) => Number(number));

/** The numbers that titles of tests begin with: `10, 42:`, `25 to 29, 37:`, `1-3:`. */
function testedIn(source: string): number[] {
  return [...source.matchAll(/['`]((?:\d+(?:, | to |-)?)+): /g)].flatMap(([, list = '']) =>
    list.split(', ').flatMap((part) => {
      const [first = 0, last = first] = part.split(/ to |-/).map(Number);
      return Array.from({ length: last - first + 1 }, (_, n) => first + n);
    }),
  );
}

it('every fault of the list has a test, and every number of a test is in the list', () => {
  const tests = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.test.ts'));
  const tested = new Set(
    tests.flatMap((file) => testedIn(readFileSync(path.join(import.meta.dirname, file), 'utf8'))),
  );
  expect([...tested, ...withoutTest.keys()].sort((a, b) => a - b)).toEqual(numbered);
});
