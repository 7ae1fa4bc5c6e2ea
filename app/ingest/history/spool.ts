// A foreign log on standard input (`zcat access.log.gz | tallygate ingest -`): its lines have no ids to be counted once by, so
// it is put into a file of its own, and known again by its content as any log is. The file is gone when it was read.

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { UserError } from '../../user-error.ts';

/** A stream whose beginning was looked at, to be read from its beginning. */
export type Peeked = { head: Buffer; all: AsyncIterable<Buffer> };

/** As much as the first lines of a log, or what comes before the stream is silent for the first time. */
const enough = 65_536;

/** Looks at the first chunks of a stream, until there is a whole line. */
export async function peek(stream: AsyncIterable<Buffer>, signal: AbortSignal): Promise<Peeked> {
  const chunks = stream[Symbol.asyncIterator]();
  const aborted = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  let head: Buffer = Buffer.alloc(0);
  while (head.length < enough && !head.includes(10)) {
    const next = await Promise.race([chunks.next(), aborted]);
    if (!next || next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  return { head, all: joined(head, chunks) };
}

async function* joined(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

/** Hands a file with all of a stream to `work`. Nobody else may read it: it holds addresses. */
export async function whileSpooled<T>(
  stream: AsyncIterable<Buffer>,
  signal: AbortSignal,
  work: (file: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tallygate-ingest-'));
  try {
    const file = path.join(folder, 'stdin');
    const out = createWriteStream(file, { mode: 0o600 });
    for await (const chunk of stream) {
      if (signal.aborted) break;
      if (!out.write(chunk)) await once(out, 'drain');
    }
    out.end();
    await finished(out);
    return await work(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    throw new UserError(
      `${folder} has no room for what came from standard input`,
      'Name another folder in TMPDIR, or name the log files.',
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
