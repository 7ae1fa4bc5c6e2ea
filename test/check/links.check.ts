// Links of Markdown files: what they point to within the project is there. Addresses elsewhere are only parsed, for CI
// has no network.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../harness/folders.ts';
import { anchorsOf, linksOf, markdownFiles } from './markdown.ts';

test.each(markdownFiles)('links of %s', (file) => {
  const wrong = linksOf(file).flatMap(({ line, target }) => {
    const fault = faultOf(file, target);
    return fault ? [`${file}:${line}: ${target}: ${fault}`] : [];
  });
  expect(wrong).toEqual([]);
});

function faultOf(file: string, target: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) {
    return /^(https|mailto):/.test(target) && URL.canParse(target) ? undefined : 'no https address';
  }
  const [name = '', anchor] = decodeURIComponent(target).split('#');
  const to = name === '' ? file : path.join(path.dirname(file), name);
  if (to.startsWith('..')) return 'outside the project';
  if (!existsSync(path.join(projectRoot, to))) return 'no such file';
  if (anchor === undefined) return undefined;
  return to.endsWith('.md') && anchorsOf(to).has(anchor) ? undefined : 'no such heading';
}
