// One word, one thing (words.ts).

import { expect, test } from 'vitest';
import { projectFiles } from './files.ts';
import { readProjectFile } from './markdown.ts';
import { type Confusion, confusions } from './words.ts';

function uses({ pattern, files, except }: Confusion): string[] {
  return projectFiles(...files).flatMap((file) =>
    readProjectFile(file)
      .split('\n')
      .flatMap((line, index) =>
        pattern.test(line) && !except?.pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [],
      ),
  );
}

test.each(confusions.map((confusion) => [String(confusion.pattern), confusion] as const))(
  '%s is called otherwise',
  (_, confusion) => {
    expect(uses(confusion), `instead: ${confusion.instead}`).toEqual([]);
  },
);
