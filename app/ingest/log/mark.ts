// A mark: a position in a log and the last bytes before it. If those bytes are still there, the content is still the one
// that was read, and reading may go on behind them.

import { createHash } from 'node:crypto';
import type { Input } from './line-reader.ts';
import { readFully } from './log-file.ts';

export type Mark = { position: number; tail: Buffer };

/** Whether the bytes before the mark are still those that were read there. */
export async function isMarkIn(input: Input, { position, tail }: Mark): Promise<boolean> {
  const now = Buffer.alloc(tail.length);
  const length = await readFully(input, now, position - tail.length);
  return length === tail.length && now.equals(tail);
}

/** What stands in `sources.tail` for the last bytes before the cursor. */
export function hashTail(tail: Uint8Array): Buffer {
  return createHash('sha256').update(tail).digest();
}
