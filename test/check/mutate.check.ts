// What `make mutate` changes is there: files move.

import { expect, test } from 'vitest';
import { survivors } from '../mutate/survivors.ts';
import { targets } from '../mutate/targets.ts';
import { projectFiles } from './files.ts';
import { readProjectFile } from './markdown.ts';

test('every file of test/mutate/targets.ts is there', () => {
  const files = targets.flatMap(({ files: those }) => those);
  expect(files.filter((file) => projectFiles(file).length === 0)).toEqual([]);
});

test('every line of test/mutate/survivors.ts stands in its file', () => {
  const gone = survivors.flatMap(({ file, lines }) =>
    Object.keys(lines).filter((source) => !readProjectFile(file).includes(source)),
  );
  expect(gone).toEqual([]);
});
