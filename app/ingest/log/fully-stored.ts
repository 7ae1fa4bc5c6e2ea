// Which rotated logs have been read to their end: PostgreSQL's cursor stands behind their last byte, and the bytes
// before it are the ones it remembers.

import type { Sql } from '../../db/connection.ts';
import { discover, logPattern } from './discover.ts';
import { fingerprintOf, LogFile, readFully } from './log-file.ts';
import { hashTail } from './mark.ts';

type Row = { tail: Buffer; tail_length: number };

/**
 * Rotated files of the configured `logs` that hold nothing unread.
 * @param unchangedSince milliseconds: a file that was written to later may still be in use, and is left out
 */
export async function fullyStoredLogs(
  sql: Sql,
  logs: readonly string[],
  unchangedSince: number,
): Promise<string[]> {
  const { files } = await discover(logs.map(logPattern));
  const stored: string[] = [];
  for (const { path, live } of files) {
    // A compressed file has another length than its content. We never compress logs: leave it to whoever did.
    if (live || /\.(gz|zst)$/.test(path)) continue;
    const file = await LogFile.open(path);
    try {
      const { size, mtimeMs } = await file.status();
      if (mtimeMs <= unchangedSince && (await isFullyStored(sql, file, size))) stored.push(path);
    } finally {
      await file.close();
    }
  }
  return stored;
}

async function isFullyStored(sql: Sql, file: LogFile, size: number): Promise<boolean> {
  if (size === 0) return true;
  const fingerprint = await fingerprintOf(file);
  if (!fingerprint) return false;
  const rows = await sql<Row[]>`
    select tail, tail_length from sources where fingerprint = ${fingerprint} and position = ${size}`;
  for (const row of rows) {
    const tail = Buffer.alloc(row.tail_length);
    await readFully(file, tail, size - row.tail_length);
    if (hashTail(tail).equals(row.tail)) return true;
  }
  return false;
}
