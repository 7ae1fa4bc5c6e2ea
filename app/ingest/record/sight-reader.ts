// A reader that recognises lines by their bytes. What it has not met before goes to the plain reading of the format, and is
// known at sight from then on: it only recognises what the plain reading has accepted.

import type { LineHash } from './line-hash.ts';
import type { Names } from './names.ts';
import type { Entry } from './record.ts';
import type { RequestNumbers } from './request.ts';

export interface SightReader {
  readonly names: Names;
  /** What `read` found. Its origin is `droppedOrigin` where the line is to be left out. */
  readonly request: RequestNumbers;
  /** Reads buffer[start, end) into `request`. False: let the plain reading decide, then call `learn`. */
  read(buffer: Buffer, start: number, end: number): boolean;
  /** Remembers the new pieces of the line just read: the plain reading has accepted it. Of a dropped line not the file. */
  learn(entry: Entry, dropped?: boolean): void;
  /** What the line that was read is known by. */
  hash(): LineHash;
}
