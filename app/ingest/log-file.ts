// A log file that was opened: what it is known by, and its bytes.

import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { UserError } from '../user-error.ts';
import type { Input } from './line-reader.ts';
import { maxLineLength } from './record.ts';

/** What the file system calls a file: a hint that it is one we know, never proof. */
export type FileStatus = { key: string; size: number; mtimeMs: number };

export class LogFile implements Input {
  readonly path: string;
  readonly #handle: FileHandle;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  /** @throws UserError where the path is something else than a regular file */
  static async open(path: string): Promise<LogFile> {
    const handle = await open(path, 'r');
    const status = await handle.stat();
    if (!status.isFile()) {
      await handle.close();
      throw new UserError(`${path} is not a regular file`, 'Name log files, or a glob that matches them.');
    }
    return new LogFile(path, handle);
  }

  async status(): Promise<FileStatus> {
    const { dev, ino, size, mtimeMs } = await this.#handle.stat();
    return { key: `${dev}:${ino}`, size, mtimeMs };
  }

  async read(buffer: Buffer, offset: number, length: number, position: number): Promise<number> {
    return (await this.#handle.read(buffer, offset, length, position)).bytesRead;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/**
 * The hash of the first complete line, by which content is known wherever it lies and whatever it is called.
 * Undefined while there is no complete line; of one that is too long the beginning stands for the whole.
 */
export async function fingerprintOf(input: Input): Promise<Buffer | undefined> {
  const buffer = Buffer.allocUnsafe(maxLineLength + 1);
  const length = await readFully(input, buffer, 0);
  const lineEnd = buffer.subarray(0, length).indexOf(10);
  if (lineEnd < 0 && length < buffer.length) return undefined;
  const line = buffer.subarray(0, lineEnd < 0 ? maxLineLength : Math.min(lineEnd, maxLineLength));
  return createHash('sha256').update(line).digest();
}

/** Fills the buffer from `position` on, as far as there is content. */
export async function readFully(input: Input, buffer: Buffer, position: number): Promise<number> {
  let length = 0;
  while (length < buffer.length) {
    const count = await input.read(buffer, length, buffer.length - length, position + length);
    if (count === 0) break;
    length += count;
  }
  return length;
}
