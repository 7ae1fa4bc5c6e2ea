// Prints one deck of cards, in a thread of its own, and ends. app/build.mjs makes a file of this; print.ts starts it.
// What is printed is posted in pieces.

import { parentPort, workerData } from 'node:worker_threads';
import { UserError } from '../../../user-error.ts';
import { cardsPage } from './page.tsx';
import { deckPdf } from './pdf.ts';
import type { Job, Said } from './print.ts';

const say = (said: Said) => parentPort?.postMessage(said);

const { deck, form, paper } = workerData as Job;
try {
  if (form === 'html')
    for (const sheet of cardsPage(deck, paper)) say({ kind: 'piece', bytes: Buffer.from(sheet) });
  else say({ kind: 'piece', bytes: await deckPdf(deck, paper) });
  say({ kind: 'end' });
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  say({ kind: 'refused', message: error.message, remedy: error.remedy });
}
