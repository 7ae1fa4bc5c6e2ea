// A batch as it is handed out: what each card says, and the same as CSV. The codes are stored nowhere else.

import { stringify } from 'csv-stringify/sync';
import { encode } from 'uqr';
import type { BatchRequest, IssuedBatch } from './batches.ts';

export type Card = { serial: number; code: string; url: string };

export type CardDeck = {
  title: string;
  /** the URL of the redeem page, as people type it: without the scheme */
  pageUrl: string;
  uses: number;
  redeemUntil: Date | undefined;
  artwork: BatchRequest['artwork'];
  cards: readonly Card[];
};

export function cardDeck(batch: IssuedBatch, request: BatchRequest, origin: string): CardDeck {
  const form = `${origin}/tallygate/redeem`;
  return {
    title: request.title,
    pageUrl: form.replace(/^https?:\/\//, ''),
    uses: request.uses,
    redeemUntil: request.redeemUntil,
    artwork: request.artwork,
    cards: batch.codes.map(({ serial, code }) => ({ serial, code, url: `${form}?c=${code}` })),
  };
}

/** One line for each code. A cell that a spreadsheet would take for a formula gets an apostrophe (CWE-1236). */
export function deckCsv(deck: CardDeck, label: string): string {
  const until = deck.redeemUntil?.toISOString() ?? '';
  return stringify(
    deck.cards.map(({ serial, code, url }) => [serial, code, url, deck.title, label, deck.uses, until]),
    {
      header: true,
      columns: ['serial', 'code', 'url', 'title', 'label', 'uses', 'redeem_until'],
      escape_formulas: true,
      record_delimiter: 'windows',
    },
  );
}

/** A QR code as horizontal runs of dark modules. Places are in modules from the upper left; it is `size` modules wide. */
export function qrRuns(text: string): { size: number; runs: { x: number; y: number; length: number }[] } {
  const { data, size } = encode(text, { ecc: 'M', border: 0 });
  const runs = data.flatMap((row, y) => {
    const found: { x: number; y: number; length: number }[] = [];
    for (let x = 0; x < size; x++) {
      if (!row[x]) continue;
      const start = x;
      while (x < size && row[x]) x++;
      found.push({ x: start, y, length: x - start });
    }
    return found;
  });
  return { size, runs };
}
