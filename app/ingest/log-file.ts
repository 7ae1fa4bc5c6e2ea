// A log file that was opened: what it is known by, and its bytes.

import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { UserError } from '../user-error.ts';
import type { Input } from './line-reader.ts';
import { PackedFile, type Packing, packingOf } from './packed-file.ts';
import { maxLineLength } from './record.ts';

/** What the file system calls a file: a hint that it is one we know, never proof. */
export type FileStatus = { key: string; size: number; mtimeMs: number };

export class LogFile implements Input {
  readonly path: string;
  /** Its content unpacked, where the file is compressed: such a file is complete or damaged, and does not grow. */
  readonly packed: PackedFile | undefined;
  readonly #handle: FileHandle;

  private constructor(path: string, handle: FileHandle, packing: Packing | undefined) {
    this.path = path;
    this.#handle = handle;
    // By its handle: unpacking opens it anew, and rotation may have put another file at the path by then.
    this.packed = packing && new PackedFile(`/proc/${process.pid}/fd/${handle.fd}`, packing);
  }

  /** @throws UserError where the path is something else than a regular file */
  static async open(path: string): Promise<LogFile> {
    // Asked before it is opened: opening a FIFO would wait for whoever writes to it.
    if (!(await stat(path)).isFile()) {
      throw new UserError(`${path} is not a regular file`, 'Name log files, or a glob that matches them.');
    }
    const handle = await open(path, 'r');
    const magic = Buffer.alloc(4);
    const { bytesRead } = await handle.read(magic, 0, magic.length, 0);
    return new LogFile(path, handle, packingOf(magic.subarray(0, bytesRead)));
  }

  async status(): Promise<FileStatus> {
    return statusOf(await this.#handle.stat());
  }

  async read(buffer: Buffer, offset: number, length: number, position: number): Promise<number> {
    if (this.packed) return this.packed.read(buffer, offset, length, position);
    return (await this.#handle.read(buffer, offset, length, position)).bytesRead;
  }

  async close(): Promise<void> {
    await this.packed?.close();
    await this.#handle.close();
  }
}

export function statusOf({ dev, ino, size, mtimeMs }: Stats): FileStatus {
  return { key: `${dev}:${ino}`, size, mtimeMs };
}

/**
 * The hash of the first complete line, by which content is known wherever it lies and whatever it is called.
 * Undefined while there is no complete line; of one that is too long the beginning stands for the whole.
 * @param last the file will not grow any more: what there is without a line end is its first line
 */
export async function fingerprintOf(input: Input, last = false): Promise<Buffer | undefined> {
  const buffer = Buffer.allocUnsafe(maxLineLength + 1);
  const length = await readFully(input, buffer, 0);
  const lineEnd = buffer.subarray(0, length).indexOf(10);
  if (lineEnd < 0 && length < buffer.length && !(last && length > 0)) return undefined;
  const line = buffer.subarray(0, Math.min(lineEnd < 0 ? length : lineEnd, maxLineLength));
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
