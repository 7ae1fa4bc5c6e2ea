// The pinned lists are as `make refresh-user-agents` would write them, and what is not fit to be pinned is refused.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Published } from '../../../../app/ingest/record/user-agents/published.ts';
import {
  checkPublished,
  pin,
  upstreams,
} from '../../../../app/ingest/record/user-agents/refresh/upstream.ts';

const folder = path.resolve(import.meta.dirname, '../../../../app/ingest/record/user-agents');
const read = (file: string) => readFileSync(path.join(folder, file), 'utf8');

describe.each(upstreams)('$name', (upstream) => {
  const text = read(`${upstream.name}.json`);
  const published = JSON.parse(text) as Published;

  it('is fit to be pinned, names its commit and has its licence beside it', () => {
    expect(checkPublished(published)).toEqual(published);
    expect(published.source).toBe(`https://github.com/${upstream.repository}`);
    expect(read(`${upstream.name}.LICENSE`)).toMatch(/MIT License|Permission is hereby granted/);
  });

  it('is written anew letter for letter', () => {
    const { commit, date, lists } = published;
    expect(pin(upstream, { commit, date }, asUpstream(upstream.files, lists), text)).toBe(text);
  });
});

const good: Published = {
  source: 'https://github.com/a/b',
  commit: 'a'.repeat(40),
  date: '2026-08-06',
  license: 'MIT',
  lists: { bots: [{ name: 'Aaa', pattern: '^Aaa/' }], crawlers: ['Bbb'] },
};
const withPattern = (pattern: string) => ({ ...good, lists: { crawlers: [pattern] } });

it.each([
  ['no regular expression', withPattern('(abc'), /no regular expression/],
  ['fits everything', withPattern('x*'), /fits everything/],
  ['fits a browser', withPattern('Safari'), /fits a common browser/],
  ['takes for ever', withPattern('(a+)+b'), /repetition within/],
  ['another licence', { ...good, license: 'GPL-3.0' }, /license/],
  ['no commit', { ...good, commit: 'main' }, /commit/],
  ['another form', { ...good, lists: { bots: [{ name: 'x' }] } }, /lists/],
  ['no longer a list', { ...good, lists: { bots: [] } }, /lists/],
])('what is not fit is refused: %s', (_what, value, message) => {
  expect(() => checkPublished(value)).toThrow(message);
});

it('a list that has lost entries is refused', () => {
  const before = { ...good, lists: { crawlers: Array.from({ length: 20 }, (_, index) => `Name${index}`) } };
  expect(() => checkPublished(good, JSON.stringify(before))).toThrow(/2 entries, where there were 20/);
});

/** The repository's files as they would have to be. */
function asUpstream(files: Readonly<Record<string, string>>, lists: Published['lists']): Map<string, string> {
  const named = lists.bots !== undefined;
  return new Map(
    Object.entries(files).map(([list, file]) => {
      const entries = lists[list as keyof typeof lists] ?? [];
      if (named) return [file, JSON.stringify({ entries })];
      return [
        file,
        JSON.stringify(/user-agents/.test(file) ? entries.map((pattern) => ({ pattern })) : entries),
      ];
    }),
  );
}
