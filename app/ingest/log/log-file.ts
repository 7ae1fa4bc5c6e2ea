// A log file that was opened: what it is known by, and its bytes.

import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { UserError } from '../../user-error.ts';
import { maxLineLength } from '../record/record.ts';
import type { Input } from './line-reader.ts';
import { magicLength, PackedFile, packingOf } from './packed-file.ts';

/** What the file system calls a file: a hint that we know it, never proof. */
export type FileStatus = { key: string; size: number; mtimeMs: number };

export class LogFile implements Input {
  readonly path: string;
  readonly #handle: FileHandle;
  #packed: PackedFile | undefined;
  /** Whether the first bytes were there to look at: they tell if the file is packed. */
  #known = false;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  /** The unpacked content, if the file is compressed. Such a file is complete or damaged: it does not grow. */
  get packed(): PackedFile | undefined {
    return this.#packed;
  }

  /**
   * @param name what it is called, where that is not its path
   * @throws UserError where the path is something else than a regular file
   */
  static async open(path: string, name = path): Promise<LogFile> {
    // Asked before opening: opening a FIFO would wait for someone who writes to it.
    if (!(await stat(path)).isFile()) {
      throw new UserError(`${path} is not a regular file`, 'Name log files, or a glob that matches them.');
    }
    const file = new LogFile(name, await open(path, 'r'));
    await file.#look();
    return file;
  }

  /** Looks at the first bytes, if they are there: a packer makes an empty file first. */
  async #look(): Promise<void> {
    if (this.#known) return;
    const magic = Buffer.alloc(magicLength);
    const { bytesRead } = await this.#handle.read(magic, 0, magicLength, 0);
    if (bytesRead < magicLength) return;
    this.#known = true;
    const packing = packingOf(magic);
    // By its handle: unpacking opens the file again, and by then rotation may have put another one at the path.
    if (packing) this.#packed = new PackedFile(`/proc/${process.pid}/fd/${this.#handle.fd}`, packing);
  }

  async status(): Promise<FileStatus> {
    await this.#look();
    return statusOf(await this.#handle.stat());
  }

  async read(buffer: Buffer, offset: number, length: number, position: number): Promise<number> {
    if (this.packed) return this.packed.read(buffer, offset, length, position);
    // As long as the file is too short to tell whether it is packed, no more is read than was there when we looked.
    const most = this.#known ? length : Math.min(length, magicLength - 1 - position);
    return most > 0 ? (await this.#handle.read(buffer, offset, most, position)).bytesRead : 0;
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
 * @param reading how the content is read, where that makes another source of it
 */
export async function fingerprintOf(input: Input, last = false, reading = ''): Promise<Buffer | undefined> {
  const buffer = Buffer.allocUnsafe(maxLineLength + 1);
  const length = await readFully(input, buffer, 0);
  const lineEnd = buffer.subarray(0, length).indexOf(10);
  if (lineEnd < 0 && length < buffer.length && !(last && length > 0)) return undefined;
  const line = buffer.subarray(0, Math.min(lineEnd < 0 ? length : lineEnd, maxLineLength));
  const hash = createHash('sha256').update(line);
  return (reading === '' ? hash : hash.update(`\n${reading}`)).digest();
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
