// The content of a .gz, .bz2, .xz or .zst file, as if it were not packed: the same bytes, so the same source and the same cursor. A
// position is reached by unpacking from the beginning up to it.

import { spawn } from 'node:child_process';
import { closeSync, createReadStream, openSync } from 'node:fs';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { UserError } from '../../user-error.ts';
import type { Input } from './line-reader.ts';

/** The programs that unpack, and the Debian packages they are in; gzip Node.js unpacks itself. */
const programs = { bzip2: 'bzip2', xz: 'xz-utils', zstd: 'zstd' } as const;

type Packing = 'gzip' | keyof typeof programs;

const magics: readonly (readonly [Packing, readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  // BZh, then the size of its blocks.
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58]],
];

/** How many bytes tell how a file is packed. */
export const magicLength = 4;

/** How a file is packed, by its first bytes. */
export function packingOf(magic: Uint8Array): Packing | undefined {
  const [packing] = magics.find(([, bytes]) => bytes.every((byte, index) => magic[index] === byte)) ?? [];
  // A line may begin with "BZh"; behind it bzip2 has a digit.
  return packing === 'bzip2' && !(magic[3] !== undefined && magic[3] >= 0x31 && magic[3] <= 0x39)
    ? undefined
    : packing;
}

export class PackedFile implements Input {
  readonly #path: string;
  readonly #packing: Packing;
  #chunks: AsyncIterator<Buffer> | undefined;
  #stream: Readable | undefined;
  /** The unpacked bytes in hand, and the position of the first of them. */
  #chunk: Buffer = Buffer.alloc(0);
  #at = 0;

  /** @param path opened anew each time it is read from the beginning */
  constructor(path: string, packing: Packing) {
    this.#path = path;
    this.#packing = packing;
  }

  /**
   * Unpacks it all once: nothing is counted from a file that is damaged, or not yet complete.
   * @returns the last bytes of the content
   */
  async verify(): Promise<Buffer> {
    let before: Buffer = Buffer.alloc(0);
    let last: Buffer = before;
    for await (const chunk of unpack(this.#path, this.#packing) as AsyncIterable<Buffer>)
      [before, last] = [last, chunk];
    return Buffer.concat([before, last]);
  }

  async read(buffer: Buffer, offset: number, length: number, position: number): Promise<number> {
    if (!this.#chunks || position < this.#at) this.#restart();
    while (this.#at + this.#chunk.length <= position) if (!(await this.#advance())) return 0;
    const from = position - this.#at;
    const count = Math.min(length, this.#chunk.length - from);
    this.#chunk.copy(buffer, offset, from, from + count);
    return count;
  }

  async close(): Promise<void> {
    this.#stream?.destroy();
  }

  #restart(): void {
    this.#stream?.destroy();
    this.#stream = unpack(this.#path, this.#packing);
    this.#chunks = this.#stream[Symbol.asyncIterator]();
    this.#chunk = Buffer.alloc(0);
    this.#at = 0;
  }

  async #advance(): Promise<boolean> {
    const next = await this.#chunks?.next();
    if (!next || next.done) return false;
    this.#at += this.#chunk.length;
    this.#chunk = next.value;
    return true;
  }
}

function unpack(path: string, packing: Packing): Readable {
  const out = new PassThrough({ highWaterMark: 1 << 20 });
  const end = packing === 'gzip' ? gunzip(path, out) : unpackBy(packing, path, out);
  end.catch((error) => out.destroy(error));
  return out;
}

function gunzip(path: string, out: PassThrough): Promise<void> {
  return pipeline(
    createReadStream(path, { highWaterMark: 1 << 18 }),
    createGunzip({ chunkSize: 1 << 18 }),
    out,
  );
}

/** By a program of the system: Node 20 has none of these itself. */
async function unpackBy(program: keyof typeof programs, path: string, out: PassThrough): Promise<void> {
  const packed = openSync(path, 'r');
  const child = spawn(program, ['-dcq'], { stdio: [packed, 'pipe', 'pipe'] });
  closeSync(packed);
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(0, 400);
  });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve).once('error', reject);
  });
  exited.catch(() => {});
  out.once('close', () => child.kill());
  child.stdout?.pipe(out, { end: false });
  try {
    const code = await exited;
    if (code !== 0) throw new Error(`${program}: ${said.trim() || `exit code ${code}`}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new UserError(
      `a log packed by ${program} cannot be read: the program is missing`,
      `Install the package ${programs[program]}.`,
    );
  }
  out.end();
}
