// nginx/VARIABLES.md has every variable of ours and no other, with the files that write and read it.

import { expect, test } from 'vitest';
import { rowsOf } from './markdown.ts';
import { usesOfVariables } from './variables.ts';

/** One text for each variable, so that a difference shows as a line. */
const row = (name: string, written: Iterable<string>, read: Iterable<string>) =>
  `${name}: written by ${[...written].sort().join(', ')}; read by ${[...read].sort().join(', ')}`;

const files = (cell = '') => cell.split(', ').filter(Boolean);

test('each variable, who writes it and who reads it', () => {
  const found = [...usesOfVariables()].map(([name, { written, read }]) => row(name, written, read));
  const said = rowsOf('variable').map(([name = '', , written, read]) =>
    row(name.replace(/^`\$tallygate_(\w+)`$/, '$1'), files(written), files(read)),
  );
  expect(said.sort()).toEqual(found.sort());
});

test('each says what it holds', () => {
  for (const [name, holds] of rowsOf('variable')) expect(holds, name).toMatch(/\w/);
});
