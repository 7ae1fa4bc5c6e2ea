// Cursors of lists in pages: where the previous page ended. Opaque to clients.

import { Problem } from './problem.ts';

export function encodeCursor(position: readonly string[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** The `length` strings that a cursor stands for. Anything else is a malformed request. */
export function decodeCursor(cursor: string, length: number): string[] {
  let position: unknown;
  try {
    position = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    position = undefined;
  }
  const valid =
    Array.isArray(position) &&
    position.length === length &&
    position.every((part) => typeof part === 'string' && part.isWellFormed() && !part.includes('\u0000'));
  if (!valid) {
    const detail = 'is not a cursor of this list: send "next" of the previous page unchanged';
    throw new Problem('malformed', `cursor: ${detail}`, { errors: [{ parameter: 'cursor', detail }] });
  }
  return position as string[];
}
