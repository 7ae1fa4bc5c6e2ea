// NGINX's configuration as a tree, from what `nginx -T` prints: every directive with its block, includes resolved,
// so that it can be said where one of ours stands and what stands around it.

import path from 'node:path';

export type Directive = {
  name: string;
  args: readonly string[];
  /** The block's directives; undefined where it has none. */
  block?: Directive[];
  /** The file it stands in. */
  file: string;
};

/** The tree of a dump. An include stays as a directive, followed by what it brought in. */
export function parseDump(dump: string): Directive[] {
  const files = new Map<string, string>();
  const parts = dump.split(/^# configuration file (.+):$/m).slice(1);
  for (let index = 0; index < parts.length; index += 2)
    files.set(parts[index] as string, parts[index + 1] as string);
  const main = files.keys().next().value;
  return main === undefined ? [] : parseFile(main, files, path.dirname(main), []);
}

function parseFile(
  file: string,
  files: ReadonlyMap<string, string>,
  folder: string,
  within: readonly string[],
): Directive[] {
  // NGINX refuses circles; a broken dump must not hang us either.
  if (within.includes(file)) return [];
  const stack: Directive[][] = [[]];
  let words: string[] = [];
  for (const token of tokens(files.get(file) ?? '')) {
    const here = stack.at(-1) as Directive[];
    if (token === '}') {
      if (stack.length > 1) stack.pop();
    } else if (token === ';' || token === '{') {
      const [name = '', ...args] = words;
      words = [];
      const directive: Directive = { name, args, file };
      here.push(directive);
      if (token === '{') {
        directive.block = [];
        stack.push(directive.block);
      } else if (name === 'include') {
        for (const included of matching(args[0] ?? '', folder, files))
          here.push(...parseFile(included, files, folder, [...within, file]));
      }
    } else words.push(token.replace(/^(["'])(.*)\1$/s, '$2'));
  }
  return stack[0] as Directive[];
}

function* tokens(text: string): Generator<string> {
  // Comments, quoted words, marks, plain words; braces of a variable (${name}) belong to their word.
  const pattern = /#[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[;{}]|(?:\$\{\w+\}|\\.|[^\s;{}])+/gs;
  for (const [token] of text.matchAll(pattern)) if (!token.startsWith('#')) yield token;
}

function matching(pattern: string, folder: string, files: ReadonlyMap<string, string>): string[] {
  const absolute = path.resolve(folder, pattern);
  const glob = new RegExp(
    `^${absolute
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '[^/]*')
      .replaceAll('?', '[^/]')}$`,
  );
  return [...files.keys()].filter((name) => glob.test(name));
}

/** Every directive with the blocks around it, outermost first. */
export function* walk(
  directives: readonly Directive[],
  around: readonly Directive[] = [],
): Generator<{ directive: Directive; around: readonly Directive[] }> {
  for (const directive of directives) {
    yield { directive, around };
    if (directive.block) yield* walk(directive.block, [...around, directive]);
  }
}
