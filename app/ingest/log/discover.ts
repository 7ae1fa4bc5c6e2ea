// Which log files there are: what the configured names and globs match, and what rotation has made of them
// (downloads.log.1, downloads.log-20261121, downloads.log.2.gz). A rotated file is followed like the live one as long as
// it exists, because a worker of NGINX may still write to it.

import { readdir, realpath } from 'node:fs/promises';
import path from 'node:path';

type Found = { path: string; live: boolean };

/** One configured name or glob, ready to match. Only its last part may hold `*` and `?`. */
export type LogPattern = { folder: string; live: RegExp; any: RegExp };

export function logPattern(name: string): LogPattern {
  const glob = path
    .basename(name)
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]');
  return {
    folder: path.dirname(name),
    live: new RegExp(`^${glob}$`),
    any: new RegExp(`^${glob}(?:[.-].+)?$`),
  };
}

export type Discovery = {
  files: Found[];
  /** Paths that are not read, and why; folders that cannot be listed. */
  refused: { path: string; reason: string }[];
};

/** Lists the files of all patterns. A link that leads out of the configured folders is refused. */
export async function discover(patterns: readonly LogPattern[]): Promise<Discovery> {
  const found = new Map<string, Found>();
  const refused: Discovery['refused'] = [];
  const folders = new Set(
    await Promise.all(patterns.map(({ folder }) => realpath(folder).catch(() => folder))),
  );
  for (const pattern of patterns) {
    const names = await readdir(pattern.folder).catch((error: NodeJS.ErrnoException) => {
      refused.push({ path: pattern.folder, reason: error.code ?? error.message });
      return [];
    });
    for (const name of names.filter((candidate) => pattern.any.test(candidate)).sort()) {
      const file = path.join(pattern.folder, name);
      const reason = await objection(file, folders);
      if (reason) refused.push({ path: file, reason });
      else if (!found.get(file)?.live) found.set(file, { path: file, live: pattern.live.test(name) });
    }
  }
  return { files: [...found.values()], refused };
}

async function objection(file: string, folders: ReadonlySet<string>): Promise<string | undefined> {
  try {
    const target = await realpath(file);
    if (folders.has(path.dirname(target))) return undefined;
    return `it is a link to ${target}, outside the folders of agent.logs; name that file there instead`;
  } catch (error) {
    // Gone since the folder was listed: rotation at work.
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? undefined : code;
  }
}
