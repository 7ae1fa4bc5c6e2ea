// NGINX's configuration as a tree, from what `nginx -T` prints: every directive with its block, and includes resolved.
// The checks ask it where one of our includes stands, and what stands around it.

import path from 'node:path';
import { words } from './words.ts';

export type Directive = {
  name: string;
  args: readonly string[];
  /** The block's directives; undefined where it has none. */
  block?: Directive[];
  /** The file it stands in, and where. */
  file: string;
  line: number;
  /** Of an include: the file it names, or the pattern, as an absolute path. */
  target?: string;
};

/** The tree of a dump. An include stays in it as a directive, followed by what it brought in. */
export function parseDump(dump: string): Directive[] {
  const files = new Map<string, string>();
  // NGINX prints each file once, however often it is included.
  const parts = dump.split(/^# configuration file (.+):\n/m).slice(1);
  for (let index = 0; index < parts.length; index += 2)
    files.set(parts[index] as string, parts[index + 1] as string);
  const main = files.keys().next().value;
  return main === undefined ? [] : parseFiles(main, files);
}

/** The tree of a configuration from its files' texts by absolute path. */
export function parseFiles(main: string, files: ReadonlyMap<string, string>): Directive[] {
  return parseFile(main, files, path.dirname(main), []);
}

/** The file NGINX was started with; what it includes is named relative to its folder. */
export function mainFile(dump: string): string {
  return /^# configuration file (.+):$/m.exec(dump)?.[1] ?? '';
}

function parseFile(
  file: string,
  files: ReadonlyMap<string, string>,
  folder: string,
  within: readonly string[],
): Directive[] {
  // NGINX refuses includes in a circle. A broken dump must not make us run for ever.
  if (within.includes(file)) return [];
  const stack: Directive[][] = [[]];
  let statement: string[] = [];
  let begun = 0;
  for (const { text, mark, line } of words(files.get(file) ?? '')) {
    const here = stack.at(-1) as Directive[];
    if (!mark) {
      if (statement.length === 0) begun = line;
      statement.push(text);
    } else if (text === '}') {
      if (stack.length > 1) stack.pop();
    } else {
      const [name = '', ...args] = statement;
      statement = [];
      const directive: Directive = { name, args, file, line: begun };
      here.push(directive);
      if (text === '{') {
        directive.block = [];
        stack.push(directive.block);
      } else if (name === 'include') {
        directive.target = path.resolve(folder, args[0] ?? '');
        for (const included of matching(directive.target, files))
          here.push(...parseFile(included, files, folder, [...within, file]));
      }
    }
  }
  return stack[0] as Directive[];
}

/** The files that a name or pattern stands for, sorted by their bytes as NGINX does. */
function matching(pattern: string, files: ReadonlyMap<string, string>): string[] {
  if (!hasWildcard(pattern)) return files.has(pattern) ? [pattern] : [];
  const glob = globPattern(pattern);
  const names = [...files.keys()].filter((name) => glob.test(name));
  return names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

export const hasWildcard = (pattern: string) => /[*?[]/.test(pattern);

/** What an include's pattern matches, as NGINX's glob() does. */
export function globPattern(pattern: string): RegExp {
  const source = pattern.replace(/\[!?[^\]]+\]|[\s\S]/g, (part, at: number) => {
    // A wildcard does not match the dot that hidden files begin with.
    const visible = pattern[at - 1] === '/' ? '(?!\\.)' : '';
    if (part === '*') return `${visible}[^/]*`;
    if (part === '?') return `${visible}[^/]`;
    if (part.length > 1) return part.replace('[!', '[^');
    return part.replace(/[.+^${}()|[\]\\]/, '\\$&');
  });
  return new RegExp(`^${source}$`);
}

/** Every directive, with the blocks around it from the outermost to the innermost. */
export function* walk(
  directives: readonly Directive[],
  around: readonly Directive[] = [],
): Generator<{ directive: Directive; around: readonly Directive[] }> {
  for (const directive of directives) {
    yield { directive, around };
    if (directive.block) yield* walk(directive.block, [...around, directive]);
  }
}

/** A directive as one would write it, without its block. */
export function written({ name, args }: Directive): string {
  return `${[name, ...args.map(quoted)].join(' ')};`;
}

function quoted(arg: string): string {
  if (/^[^\s;{}"'#\\]+$/.test(arg)) return arg;
  return `"${arg.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}
