// A batch as CSV.

import { stringify } from 'csv-stringify/sync';
import type { CardDeck } from './deck.ts';

/** One line for each code. A cell that a spreadsheet would take for a formula gets an apostrophe (CWE-1236). */
export function deckCsv({ cards, title, label, uses, redeemUntil }: CardDeck): string {
  const until = redeemUntil?.toISOString() ?? '';
  return stringify(
    cards.map(({ serial, code, url }) => [serial, code, url, title, label, uses, until]),
    {
      header: true,
      columns: ['serial', 'code', 'url', 'title', 'label', 'uses', 'redeem_until'],
      escape_formulas: true,
      record_delimiter: 'windows',
    },
  );
}
