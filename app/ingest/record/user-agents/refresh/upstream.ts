// Where the published lists come from, how their files are read, and what they must be before they are pinned.

import { UserError } from '../../../../user-error.ts';
import { alternatives } from '../pattern-index.ts';
import { type ListName, type Published, publishedSchema } from '../published.ts';

export type Upstream = {
  /** The pinned file's name, without `.json`. */
  name: string;
  repository: string;
  /** Files of the repository by list. */
  files: { readonly [list in ListName]?: string };
  /** The entries of such a file, already parsed. */
  entries(content: never): Published['lists'][ListName];
};

export const upstreams: readonly Upstream[] = [
  {
    name: 'opawg',
    repository: 'opawg/user-agents-v2',
    files: { bots: 'src/bots.json', apps: 'src/apps.json', libraries: 'src/libraries.json' },
    entries: ({ entries }: { entries: { name: string; pattern: string }[] }) =>
      entries.map(({ name, pattern }) => ({ name, pattern })),
  },
  {
    name: 'crawler-user-agents',
    repository: 'monperrus/crawler-user-agents',
    files: { crawlers: 'crawler-user-agents.json' },
    entries: (crawlers: { pattern: string }[]) => crawlers.map(({ pattern }) => pattern),
  },
  {
    name: 'crawler-detect',
    repository: 'JayBizzle/Crawler-Detect',
    files: { crawlers: 'raw/Crawlers.json' },
    // The last of them is many words in one, tried from each letter: what it finds, our own words find.
    entries: (patterns: string[]) => patterns.filter((pattern) => !/^\[[^\]]*\]\*\(/.test(pattern)),
  },
];

const browser =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36';

/**
 * The text of a pinned file, one entry to a line.
 * @param contents the text of each of the repository's files
 * @param before the file pinned until now
 * @throws UserError that names what is wrong with the files
 */
export function pin(
  upstream: Upstream,
  about: { commit: string; date: string },
  contents: ReadonlyMap<string, string>,
  before?: string,
): string {
  const lists = Object.fromEntries(
    Object.entries(upstream.files).map(([list, file]) => [
      list,
      upstream.entries(JSON.parse(contents.get(file) ?? 'null') as never),
    ]),
  );
  const source = `https://github.com/${upstream.repository}`;
  const published = checkPublished({ source, ...about, license: 'MIT', lists }, before);
  return format(published);
}

/**
 * Holds a pinned list to its form, and its patterns to be safe and to fit no common browser.
 * @throws UserError
 */
export function checkPublished(value: unknown, before?: string): Published {
  const result = publishedSchema.safeParse(value);
  if (!result.success)
    throw refused(result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`));
  const published = result.data;
  const mistakes = Object.values(published.lists)
    .flat()
    .map((entry) => (typeof entry === 'string' ? entry : entry.pattern))
    .flatMap(mistakeOf);
  const was = before === undefined ? 0 : size(JSON.parse(before) as Published);
  if (size(published) < was * 0.9) mistakes.push(`${size(published)} entries, where there were ${was}`);
  if (mistakes.length > 0) throw refused(mistakes);
  return published;
}

function mistakeOf(pattern: string): string[] {
  try {
    const expression = new RegExp(pattern);
    if (expression.test('')) return [`${pattern}: fits everything`];
    if (expression.test(browser)) return [`${pattern}: fits a common browser`];
  } catch {
    return [`${pattern}: no regular expression`];
  }
  // Something repeated inside something repeated: a hostile text could make it try for minutes.
  return alternatives(pattern).some((one) => /\([^()]*[+*][^()]*\)[+*{]/.test(one))
    ? [`${pattern}: a repetition within a repetition`]
    : [];
}

function size({ lists }: Published): number {
  return Object.values(lists).flat().length;
}

function refused(mistakes: string[]): UserError {
  return new UserError(
    `a published list is not as expected:\n${mistakes
      .slice(0, 10)
      .map((mistake) => `  ${mistake}`)
      .join('\n')}`,
    'The pinned files stay as they are. If the repository changed its form, app/ingest/record/user-agents/refresh must learn it.',
  );
}

function format({ lists, ...about }: Published): string {
  const entries = Object.entries(lists).map(
    ([list, of]) =>
      `    ${JSON.stringify(list)}: [\n${of.map((one) => `      ${JSON.stringify(one)}`).join(',\n')}\n    ]`,
  );
  const head = Object.entries(about).map(
    ([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)},\n`,
  );
  return `{\n${head.join('')}  "lists": {\n${entries.join(',\n')}\n  }\n}\n`;
}
