// NGINX's configuration files as NGINX reads them: words, includes, what `nginx -T` prints.

import { describe, expect, test } from 'vitest';
import { type Directive, parseDump, walk, written } from '../../app/nginx/tree.ts';
import { words } from '../../app/nginx/words.ts';

const textsOf = (text: string) => [...words(text)].map(({ text: word }) => word);

describe('words', () => {
  test.each([
    ['a b;', ['a', 'b', ';']],
    ['a "b; {c}" \'d }\';', ['a', 'b; {c}', 'd }', ';']],
    ['a "say \\"hi\\" \\\\ \\d";', ['a', 'say "hi" \\ \\d', ';']],
    ['location ~ \\.php$ {}', ['location', '~', '\\.php$', '{', '}']],
    ['a it"s#not;# but this\nb;', ['a', 'it"s#not', ';', 'b', ';']],
    [`a $\{b}c{}`, ['a', `$\{b}c`, '{', '}']],
    ['a b}c;', ['a', 'b}c', ';']],
    ['a x\\;y\\ z;', ['a', 'x\\;y\\ z', ';']],
    ['a "";', ['a', '', ';']],
    ['a "b\nc" d', ['a', 'b\nc', 'd']],
    ['a "', ['a', '"']],
  ])('%s', (text, expected) => {
    expect(textsOf(text)).toEqual(expected);
  });
  test('a quoted mark is a word', () => {
    expect([...words('a ";";')].map(({ mark }) => mark)).toEqual([false, false, true]);
  });
  test('their lines', () => {
    const text = 'a\n"b\nc" # d\ne {\n\n}';
    expect([...words(text)].map(({ text: word, line }) => `${word}:${line}`)).toEqual([
      'a:1',
      'b\nc:2',
      'e:4',
      '{:4',
      '}:6',
    ]);
  });
  test('a block of Lua is jumped over', () => {
    const lua = `content_by_lua_block {\n  local t = { a = "}" } -- don't }\n  x = [[ } ' ]]\n}\nb;`;
    expect([...words(lua)].map(({ text, line }) => `${text}:${line}`)).toEqual([
      'content_by_lua_block:1',
      '{:1',
      '}:4',
      'b:5',
      ';:5',
    ]);
  });
});

const dumpOf = (files: Record<string, string>) =>
  Object.entries(files)
    .map(([name, text]) => `# configuration file ${name}:\n${text}\n`)
    .join('');

const names = (tree: readonly Directive[]) =>
  [...walk(tree)].map(({ directive }) => directive.name).join(' ');

describe('the tree', () => {
  test('a pattern brings its files in by the order of their names, hidden ones not', () => {
    const dump = dumpOf({
      '/n/nginx.conf': 'include d/*.conf;\nend;',
      '/n/d/b.conf': 'b;',
      '/n/d/a.conf': 'a;',
      '/n/d/.c.conf': 'c;',
      '/n/d/B.conf': 'upper;',
      '/n/d/x/d.conf': 'd;',
    });
    expect(names(parseDump(dump))).toBe('include upper a b end');
  });
  test.each([
    ['[ab].conf', 'include a b end'],
    ['[!a].conf', 'include b end'],
    ['?.conf', 'include a b end'],
    ['a.conf', 'include a end'],
    ['a+.conf', 'include end'],
  ])('%s', (pattern, expected) => {
    const files = { '/n/nginx.conf': `include ${pattern};end;`, '/n/a.conf': 'a;', '/n/b.conf': 'b;' };
    expect(names(parseDump(dumpOf(files)))).toBe(expected);
  });
  test('a file that is included in several places is in all of them, and knows its line', () => {
    const dump = dumpOf({
      '/n/nginx.conf': 'server { include s.conf; }\nserver {\n  include s.conf;\n}',
      '/n/s.conf': '# s\nlocation / {\n  root x;\n}',
    });
    const roots = [...walk(parseDump(dump))].filter(({ directive }) => directive.name === 'root');
    expect(
      roots.map(({ directive, around }) => [around.map((d) => d.name), directive.file, directive.line]),
    ).toEqual([
      [['server', 'location'], '/n/s.conf', 3],
      [['server', 'location'], '/n/s.conf', 3],
    ]);
  });
  test('files that include each other end', () => {
    expect(names(parseDump(dumpOf({ '/n/a': 'include b;', '/n/b': 'include a;' })))).toBe('include include');
  });
  test('a directive as one would write it', () => {
    const [one] = parseDump(dumpOf({ '/n/a': 'add_header X "a; \\"b\\"" always;' }));
    expect(written(one as Directive)).toBe('add_header X "a; \\"b\\"" always;');
  });
});
