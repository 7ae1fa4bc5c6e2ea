// Says what is wrong in a configuration: the file and line, or the variable, and what would be right.

import type { z } from 'zod';
import { settingsAt } from './environment.ts';

/** Where the settings came from: the file's text, and the variable that set each name (`service.port`). */
export type Source = { file: string; text: string; variables: ReadonlyMap<string, string> };

/** One line for each mistake in a zod issue. The value is not shown: it may be a password. */
export function describeMistake(issue: z.core.$ZodIssue, source: Source): string[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const name = [...path, key];
      return `${where(name, source)}: there is no such setting; there are: ${settingsAt(path).join(', ')}`;
    });
  }
  return [`${where(path, source)}: ${issue.message.replace(/^Invalid input: /, '')}`];
}

/** `file:line: name`, or the name of the variable that set it. */
function where(path: readonly string[], { file, text, variables }: Source): string {
  // A number is a place in a list. smol-toml gives no line for it: the list's own line has to do.
  const end = path.findIndex((part) => /^\d+$/.test(part));
  const name = path.slice(0, end < 0 ? path.length : end).join('.');
  const variable = variables.get(name);
  if (variable) return variable;
  const line = lineOf(text, name);
  return line === undefined ? `${file}: ${name}` : `${file}:${line}: ${name}`;
}

/** The line of a setting, from 1. We search for it, because smol-toml keeps no positions. */
function lineOf(text: string, name: string): number | undefined {
  let section = '';
  for (const [index, line] of text.split('\n').entries()) {
    const header = /^\s*\[{1,2}\s*([^[\]]+?)\s*\]/.exec(line)?.[1];
    if (header !== undefined) section = header;
    const key = /^\s*"?([\w.-]+?)"?\s*=/.exec(line)?.[1];
    const here = key === undefined ? header : section ? `${section}.${key}` : key;
    if (here === name) return index + 1;
  }
  return undefined;
}
