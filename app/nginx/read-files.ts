// NGINX's configuration from its files, where nobody may or can run `nginx -T`: on a host that only has copies of them.

import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../user-error.ts';
import { type Directive, globPattern, hasWildcard, parseFiles, walk } from './tree.ts';

/**
 * The tree of a configuration and of everything it includes.
 * @param main nginx.conf; what it includes is named relative to its folder
 * @throws UserError for a file that cannot be read
 */
export async function readConfiguration(main: string): Promise<Directive[]> {
  const start = path.resolve(main);
  const files = new Map<string, string>();
  const folder = path.dirname(start);
  for (const waiting = [start]; waiting.length > 0; ) {
    const file = waiting.pop() as string;
    if (files.has(file)) continue;
    files.set(file, await textOf(file));
    for (const target of includesOf(file, files, folder)) waiting.push(...(await matching(target)));
  }
  return parseFiles(start, files);
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(`cannot read ${file} (${code})`, 'Check its name and its permissions.', {
      cause: error,
    });
  }
}

/** What one file includes, as absolute names and patterns: relative ones stand below the main file's folder. */
function includesOf(file: string, files: ReadonlyMap<string, string>, folder: string): string[] {
  const alone = parseFiles(file, new Map([[file, files.get(file) as string]]));
  return [...walk(alone)]
    .filter(({ directive }) => directive.name === 'include')
    .map(({ directive }) => path.resolve(folder, directive.args[0] ?? ''));
}

/** The files a pattern stands for; each of its parts may hold wildcards. */
async function matching(pattern: string): Promise<string[]> {
  if (!hasWildcard(pattern)) return [pattern];
  let found = ['/'];
  for (const part of pattern.split('/').filter((name) => name !== '')) {
    const glob = globPattern(`/${part}`);
    const next = found.map(async (folder) => {
      if (!hasWildcard(part)) return [path.join(folder, part)];
      const names = await readdir(folder).catch(() => []);
      return names.filter((name) => glob.test(`/${name}`)).map((name) => path.join(folder, name));
    });
    found = (await Promise.all(next)).flat();
  }
  return found;
}
