// Complete lines of a file, from a position on, in constant memory. A line without its end waits for the rest. A line that
// is far too long is skipped, and only its beginning is handed on.

import { maxLineLength } from '../record/record.ts';

/** Where bytes come from: `read` fills the buffer from `position` on and returns how many, 0 at the end. */
export type Input = {
  read(buffer: Buffer, offset: number, length: number, position: number): Promise<number>;
};

/** What a line is handed to: its bytes are buffer[start, end). False: stop behind this line. `again`: stop before it. */
export type OnLine = (buffer: Buffer, start: number, end: number, position: number) => boolean | 'again';

const lineFeed = 10;
/** How much before a position is kept to recognise the file by. */
const tailSize = 1024;

export class LineReader {
  readonly #input: Input;
  readonly #buffer: Buffer;
  // What was read and not handed on yet is buffer[start, end). `start` is the byte at `position`.
  #start = 0;
  #end = 0;
  #position: number;
  #tail: Buffer;
  /** Inside a line that is too long: how many of its bytes were skipped. Its beginning is kept in #head. */
  #skipped = 0;
  #head: Buffer = Buffer.alloc(0);
  /** What the tail will be when that line has ended. Until then `position` stands before it. */
  #tailAhead: Buffer = Buffer.alloc(0);
  /** Whether `position` stands behind a line whose end had not been written yet. */
  #beforeLineEnd: boolean;

  constructor(input: Input, position: number, tail: Uint8Array, bufferSize = 1 << 20) {
    this.#input = input;
    this.#position = position;
    this.#tail = Buffer.from(tail);
    this.#beforeLineEnd = tail.length > 0 && tail.at(-1) !== lineFeed;
    this.#buffer = Buffer.allocUnsafe(Math.max(bufferSize, 2 * (maxLineLength + 1)));
  }

  /** The first byte of the next line. */
  get position(): number {
    return this.#position;
  }

  /** The last bytes before `position`, `tailSize` at most. */
  get tail(): Buffer {
    return this.#tail;
  }

  /** How many bytes of a line without its end have been read. */
  get unfinished(): number {
    return this.#skipped + this.#end - this.#start;
  }

  /** The beginning of that line. */
  get unfinishedHead(): Buffer {
    return this.#skipped > 0 ? this.#head : this.#buffer.subarray(this.#start, this.#end);
  }

  /** Hands on the complete lines in the buffer, until one answers false. */
  lines(onLine: OnLine): 'stopped' | 'used_up' {
    const from = this.#start;
    const goesOn = this.#handOn(onLine);
    this.#remember(from, this.#start);
    return goesOn ? 'used_up' : 'stopped';
  }

  /** Reads more; false at the end of the input. */
  async fill(): Promise<boolean> {
    const rest = this.#end - this.#start;
    if (rest > maxLineLength || this.#skipped > 0) this.#skip();
    else if (this.#start > 0) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#start = 0;
      this.#end = rest;
    }
    const room = this.#buffer.length - this.#end;
    const at = this.#position + this.#skipped + this.#end - this.#start;
    const count = await this.#input.read(this.#buffer, this.#end, room, at);
    this.#end += count;
    return count > 0;
  }

  /** Skips the unfinished line: the file will not grow any more. */
  abandonUnfinished(): void {
    const length = this.unfinished;
    if (this.#skipped > 0) this.#tail = this.#tailAhead;
    this.#remember(this.#start, this.#end);
    this.#position += length;
    this.#start = 0;
    this.#end = 0;
    this.#skipped = 0;
    this.#beforeLineEnd = true;
  }

  #handOn(onLine: OnLine): boolean {
    const buffer = this.#buffer;
    const end = this.#end;
    this.#takeLineEnd();
    let start = this.#start;
    let goesOn: boolean | 'again' = true;
    while (goesOn && start < end) {
      const lineEnd = buffer.indexOf(lineFeed, start);
      if (lineEnd < 0 || lineEnd >= end) break;
      const position = this.#position;
      goesOn =
        this.#skipped > 0
          ? onLine(this.#head, 0, this.#head.length, position)
          : onLine(buffer, start, lineEnd, position);
      if (goesOn === 'again') return false;
      if (this.#skipped > 0) this.#tail = this.#tailAhead;
      this.#position = position + this.#skipped + lineEnd + 1 - start;
      this.#skipped = 0;
      start = lineEnd + 1;
      this.#start = start;
    }
    return goesOn;
  }

  /** Takes the end of a line that was read without it. */
  #takeLineEnd(): void {
    if (!this.#beforeLineEnd || this.#start === this.#end) return;
    this.#beforeLineEnd = false;
    if (this.#buffer[this.#start] !== lineFeed) return;
    this.#start += 1;
    this.#position += 1;
  }

  /** Skips what is in the buffer of a line that is too long. Of its beginning one byte more than allowed is kept. */
  #skip(): void {
    if (this.#skipped === 0) {
      this.#head = Buffer.from(this.#buffer.subarray(this.#start, this.#start + maxLineLength + 1));
      this.#tailAhead = this.#tail;
    }
    this.#tailAhead = lastBytes(this.#tailAhead, this.#buffer.subarray(this.#start, this.#end));
    this.#skipped += this.#end - this.#start;
    this.#start = 0;
    this.#end = 0;
  }

  #remember(from: number, to: number): void {
    if (to > from) this.#tail = lastBytes(this.#tail, this.#buffer.subarray(from, to));
  }
}

function lastBytes(before: Buffer, added: Buffer): Buffer {
  if (added.length >= tailSize) return Buffer.from(added.subarray(-tailSize));
  return Buffer.concat([before, added]).subarray(-tailSize);
}
