// Whether a log holds downloads that were counted live. Its lines are not those of the live log, so nothing tells which of
// them are the same request: they would be counted twice.

import type { Sql } from '../../db/connection.ts';
import { UserError } from '../../user-error.ts';
import type { ReadLine } from '../fold/batch-reader.ts';
import { type LogFile, readFully } from '../log/log-file.ts';
import type { Entry } from '../record/record.ts';

const looked = 65_536;

/**
 * @param end the last bytes of the content, where they are known
 * @throws UserError where the log's last requests are of a host and a time that was counted live
 */
export async function checkOverlap(
  sql: Sql,
  {
    file,
    readLine,
    end,
    isRecords,
  }: { file: LogFile; readLine: ReadLine; end: Buffer | undefined; isRecords: boolean },
): Promise<void> {
  // Records are known by their content: the agent's are the same source.
  if (isRecords) return;
  const last = lastEntry(end ?? (await endOf(file)), readLine);
  if (!last) return;
  const since = await countedLive(sql, last);
  if (!since) return;
  const time = since.toISOString().replace(/\.\d+Z$/, 'Z');
  throw new UserError(
    `${file.path} goes on until ${new Date(last.at).toISOString().slice(0, 19)}Z, and ${last.host} is counted live since ${time}`,
    `Leave out what was counted live: --until ${time}. If these are other downloads: --overlap counts them all.`,
  );
}

/** The last request in these bytes, of the newest time among them. */
function lastEntry(bytes: Buffer, readLine: ReadLine): Entry | undefined {
  let newest: Entry | undefined;
  let start = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, start)) {
    const reading = readLine(bytes.subarray(start, at));
    if (reading.kind === 'entry' && (!newest || reading.entry.at > newest.at)) newest = reading.entry;
    start = at + 1;
  }
  return newest;
}

async function endOf(file: LogFile): Promise<Buffer> {
  const { size } = await file.status();
  const buffer = Buffer.alloc(Math.min(looked, size));
  const length = await readFully(file, buffer, size - buffer.length);
  return buffer.subarray(0, length);
}

/** Since when the host of this request is counted live, if that was before it. */
async function countedLive(sql: Sql, { at, host }: Entry): Promise<Date | undefined> {
  const [live] = await sql<{ since: Date | null }[]>`
    select min(created_at) as since from sources where kind = 'file' and requests > 0`;
  if (!live?.since || live.since.getTime() > at) return undefined;
  const [counted] = await sql`
    select 1 from tallies t join files f on f.id = t.file_id
    where f.host = ${host} and t.bucket >= ${live.since}::timestamptz - interval '15 min' limit 1`;
  return counted && live.since;
}
