// A batch as it is handed out: what each card says.

import type { Artwork, BatchTerms, IssuedBatch } from '../batches.ts';
import { type Until, untilWords } from '../until.ts';

export type Card = { serial: number; code: string; url: string };

export type CardDeck = {
  label: string;
  title: string;
  /** the URL of the redeem page, as people type it: without the scheme */
  pageUrl: string;
  uses: number;
  redeemUntil: Date | undefined;
  /** the same in words */
  until: Until | undefined;
  artwork: Artwork | undefined;
  cards: readonly Card[];
};

/** @param zone the time zone of the days on cards */
export function cardDeck(
  { codes }: Pick<IssuedBatch, 'codes'>,
  terms: BatchTerms,
  origin: string,
  zone: string,
): CardDeck {
  const form = `${origin}/tallygate/redeem`;
  const { label, title, uses, redeemUntil, artwork } = terms;
  return {
    label,
    title,
    pageUrl: form.replace(/^https?:\/\//, ''),
    uses,
    redeemUntil,
    until: redeemUntil && untilWords(redeemUntil, zone),
    artwork,
    cards: codes.map(({ serial, code }) => ({ serial, code, url: `${form}?c=${code}` })),
  };
}
