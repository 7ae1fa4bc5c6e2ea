// The project's own files, as git knows them: those that are tracked, and new ones that are not ignored.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../harness/folders.ts';

/** Paths from the project's root, of the files that git's `patterns` match. */
export function projectFiles(...patterns: string[]): string[] {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...patterns];
  return execFileSync('git', args, { cwd: projectRoot, encoding: 'utf8' })
    .split('\0')
    .filter((file) => file !== '' && existsSync(path.join(projectRoot, file)));
}
