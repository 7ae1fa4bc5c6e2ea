// Sizes for files of which a log tells none, as an estimate: from the files on disk, or the largest whole answer of the
// log itself. A file's version with such a size is marked by its entity tag, so that reports can say so.

import { statSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../../user-error.ts';
import type { ReadLine } from '../fold/batch-reader.ts';
import { estimatedMark } from '../record/names.ts';
import type { Reading } from '../record/record.ts';

/** A file's size in bytes; 0 where it is not known. */
export type SizeOf = (host: string, path: string) => number;

/** The same reading, with a size where the line tells none. */
export function withSizes(readLine: ReadLine, sizeOf: SizeOf | undefined): ReadLine {
  if (!sizeOf) return readLine;
  return (line) => {
    const reading = readLine(line);
    if (reading.kind !== 'entry' || reading.entry.size > 0) return reading;
    const { host, path: name, etag } = reading.entry;
    const size = sizeOf(host, name);
    return size > 0
      ? { ...reading, entry: { ...reading.entry, size, etag: `${etag}${estimatedMark}` } }
      : reading;
  };
}

/**
 * The sizes of the files below a folder, by the path of their address.
 * @throws UserError when there is no such folder
 */
export function sizesOnDisk(folder: string): SizeOf {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new UserError(
      `--sizes: there is no folder ${folder}`,
      'Name the folder that the site is served from, or --sizes largest.',
    );
  const known = new Map<string, number>();
  return (_host, name) => {
    const size = known.get(name) ?? sizeOnDisk(folder, name);
    known.set(name, size);
    return size;
  };
}

function sizeOnDisk(folder: string, name: string): number {
  const file = path.join(folder, name);
  // An address that leads out of the folder names no file of it.
  if (!file.startsWith(path.join(folder, '/'))) return 0;
  try {
    const found = statSync(file, { throwIfNoEntry: false });
    return found?.isFile() ? found.size : 0;
  } catch {
    // A name that is too long for a file, or one below a file.
    return 0;
  }
}

/** The most bytes that one answer from a file's beginning had. It is the size, unless nobody fetched all of it. */
export class LargestAnswers {
  readonly #sizes = new Map<string, number>();

  note(reading: Reading): void {
    if (reading.kind !== 'entry' || reading.entry.size > 0 || reading.entry.from !== 0) return;
    const { host, path: name, sent } = reading.entry;
    const key = `${host}\n${name}`;
    if (sent > (this.#sizes.get(key) ?? 0)) this.#sizes.set(key, sent);
  }

  readonly sizeOf: SizeOf = (host, name) => this.#sizes.get(`${host}\n${name}`) ?? 0;
}
