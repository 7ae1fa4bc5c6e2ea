// The project's own files. They are looked for on the disk, so that a copy without git's folder can be checked, too.

import { readdirSync } from 'node:fs';
import { projectRoot } from '../harness/folders.ts';

/** What is made, installed or kept for one machine: .gitignore names the same. */
const notOurs =
  /(?:^|\/)(?:node_modules|\.git|\.cache|coverage)(?:\/|$)|^(?:dist|\.dev)(?:\/|$)|\.tsbuildinfo$/;

let all: string[] | undefined;

function listed(): string[] {
  const found: string[] = [];
  const look = (folder: string) => {
    for (const entry of readdirSync(`${projectRoot}/${folder}`, { withFileTypes: true })) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (notOurs.test(name)) continue;
      if (entry.isDirectory()) look(name);
      else if (entry.isFile()) found.push(name);
    }
  };
  look('');
  return found.sort();
}

/**
 * Paths from the project's root, of the files that one of the patterns matches: a path, a folder, or a pattern in which
 * `*` stands for anything, slashes too.
 */
export function projectFiles(...patterns: string[]): string[] {
  all ??= listed();
  const expressions = patterns.map((pattern) => {
    const source = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
    return new RegExp(`^${source}(?:/.*)?$`);
  });
  return all.filter((file) => expressions.some((expression) => expression.test(file)));
}
