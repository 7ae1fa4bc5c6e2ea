// Cards as a page or a PDF. Ten thousand take seconds, so a thread of its own prints them, one deck at a time: the
// service goes on answering, and what the thread has used is given back when it ends.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { UserError } from '../../../user-error.ts';
import type { CardDeck } from './deck.ts';
import type { Paper } from './sheet.ts';

export type Job = { deck: CardDeck; form: 'html' | 'pdf'; paper: Paper };
/** What the thread says. */
export type Said =
  | { kind: 'piece'; bytes: Uint8Array }
  | { kind: 'end' }
  | { kind: 'refused'; message: string; remedy: string | undefined };

/** Ten thousand cards take 60 MB of it. */
const heapMb = 192;
const mostWaiting = 8;

let waiting = 0;
let before: Promise<unknown> = Promise.resolve();

/** Thrown where too many decks wait to be printed. */
export class PrintersBusy extends Error {}

/**
 * Prints a deck, after those that were asked for before it.
 * @param signal aborted when nobody waits for it any more
 * @throws UserError where the deck cannot be printed so, PrintersBusy, or the signal's reason
 */
export async function printDeck(job: Job, signal?: AbortSignal): Promise<Uint8Array> {
  if (waiting >= mostWaiting) throw new PrintersBusy();
  waiting++;
  const turn = before.then(() => {
    signal?.throwIfAborted();
    return print(job, signal);
  });
  before = turn.catch(() => {});
  return turn.finally(() => waiting--);
}

async function print(job: Job, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const worker = new Worker(workerFile(), {
    workerData: job,
    resourceLimits: { maxOldGenerationSizeMb: heapMb },
  });
  const stop = () => void worker.terminate();
  signal?.addEventListener('abort', stop);
  const pieces: Uint8Array[] = [];
  try {
    return await new Promise<Uint8Array>((resolve, reject) => {
      worker.on('message', (said: Said) => {
        if (said.kind === 'piece') pieces.push(said.bytes);
        else if (said.kind === 'end') resolve(Buffer.concat(pieces));
        else reject(new UserError(said.message, said.remedy));
      });
      worker.on('error', reject);
      worker.on('exit', () => reject(signal?.reason ?? new Error('the thread that prints cards ended')));
    });
  } finally {
    signal?.removeEventListener('abort', stop);
    await worker.terminate();
  }
}

/** Beside the bundled program; in a checkout, where `make build` puts it. */
function workerFile(): string {
  const folders = ['.', '../../../../dist'].map((relative) => path.join(import.meta.dirname, relative));
  const file = folders
    .map((folder) => path.join(folder, 'cards.js'))
    .find((candidate) => existsSync(candidate));
  if (!file)
    throw new Error(`cards.js is missing near ${import.meta.dirname}: the installation is incomplete`);
  return file;
}
