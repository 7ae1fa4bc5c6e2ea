// Imports run one way: between rooms as imports.ts says, and between files in no circle.

import path from 'node:path';
import { expect, test } from 'vitest';
import { projectFiles } from './files.ts';
import { rooms } from './imports.ts';
import { readProjectFile } from './markdown.ts';

const sources = projectFiles('app/*.ts', 'app/*.tsx', 'njs/*.ts');

/** The project's files that a file imports, types too. */
function importsOf(file: string): string[] {
  const specifiers = readProjectFile(file).matchAll(/(?:\bfrom|\bimport\(|^import) ?'(\.[^'?]+)/gm);
  return [...specifiers].map(([, specifier = '']) => path.join(path.dirname(file), specifier));
}

/** The deepest folder of the table that a file is in. */
function roomOf(file: string): string {
  let folder = path.dirname(file);
  while (folder !== '.' && !(folder in rooms)) folder = path.dirname(folder);
  return folder;
}

const graph = new Map(sources.map((file) => [file, importsOf(file)]));

test('every file is in a room of the table, and every room holds files', () => {
  expect(sources.filter((file) => roomOf(file) === '.')).toEqual([]);
  expect(Object.keys(rooms).filter((room) => !sources.some((file) => roomOf(file) === room))).toEqual([]);
});

test('a room imports only what test/check/imports.ts lets it', () => {
  const wrong = [...graph].flatMap(([file, imports]) =>
    imports
      .map((to) => roomOf(to))
      .filter((to) => to !== roomOf(file) && to !== 'app' && !rooms[roomOf(file)]?.includes(to))
      .map((to) => `${file} (${roomOf(file)}) may not import ${to}`),
  );
  expect(wrong).toEqual([]);
});

test('the table allows nothing that is not used', () => {
  const used = new Set(
    [...graph].flatMap(([file, imports]) => imports.map((to) => `${roomOf(file)} ${roomOf(to)}`)),
  );
  const unused = Object.entries(rooms).flatMap(([room, allowed]) =>
    allowed.filter((to) => !used.has(`${room} ${to}`)).map((to) => `${room} does not import ${to}`),
  );
  expect(unused).toEqual([]);
});

test('no two rooms import each other, by no way round', () => {
  expect(circleIn(new Map(Object.entries(rooms)))).toBeUndefined();
});

test('no files import each other, by no way round', () => {
  expect(circleIn(graph)).toBeUndefined();
});

/** A way that leads back to where it begins. */
function circleIn(edges: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const walk = (node: string, way: string[]): string[] | undefined => {
    if (way.includes(node)) return [...way.slice(way.indexOf(node)), node];
    if (done.has(node)) return undefined;
    for (const next of edges.get(node) ?? []) {
      const circle = walk(next, [...way, node]);
      if (circle) return circle;
    }
    done.add(node);
    return undefined;
  };
  for (const node of edges.keys()) {
    const circle = walk(node, []);
    if (circle) return circle;
  }
  return undefined;
}
