// Printable cards, ten to a sheet of A4 or Letter, with cut marks. The document needs no other file, so it can be kept.

import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import type { Artwork } from '../batches.ts';
import type { Card, CardDeck } from './deck.ts';
import { qrRuns } from './qr.ts';
import {
  cardPosition,
  card as cardSize,
  cardsPerSheet,
  cutMarks,
  type Paper,
  papers,
  sheets,
} from './sheet.ts';

const style = (paper: Paper) => `
@page { size: ${papers[paper].width}mm ${papers[paper].height}mm; margin: 0; }
* { box-sizing: border-box; }
body { margin: 0; background: #8a8d90; color: #111; font: 8pt/1.3 system-ui, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
.sheet { position: relative; width: ${papers[paper].width}mm; height: ${papers[paper].height}mm; margin: 6mm auto; background: #fff; overflow: hidden; break-after: page; }
.marks { position: absolute; inset: 0; width: 100%; height: 100%; stroke: #000; stroke-width: .15; }
.card { position: absolute; width: ${cardSize.width}mm; height: ${cardSize.height}mm; padding: 5mm; display: grid; grid-template: auto 1fr auto / 1fr 26mm; column-gap: 4mm; }
.head { display: flex; gap: 3mm; align-items: center; min-width: 0; }
.head svg { width: 13mm; height: 13mm; flex: none; }
.picture { position: absolute; width: 0; height: 0; }
.title { font-size: 11pt; line-height: 1.2; font-weight: 650; margin: 0; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; overflow-wrap: anywhere; }
.qr { grid-column: 2; grid-row: 1 / span 2; width: 26mm; height: 26mm; }
.how { grid-row: 2; align-self: end; margin: 0; overflow-wrap: anywhere; }
.long { font-size: 7pt; }
.longer { font-size: 6pt; }
.longest { font-size: 5.5pt; }
.code { grid-row: 3; margin: 1.5mm 0 0; font: 600 11.5pt/1.2 ui-monospace, Menlo, Consolas, "Liberation Mono", monospace; letter-spacing: .02em; white-space: nowrap; }
.note { grid-column: 2; grid-row: 3; align-self: end; text-align: right; color: #555; font-size: 7pt; margin: 0; }
${Array.from({ length: cardsPerSheet }, (_, n) => place(paper, n)).join('\n')}
@media print { body { background: none; } .sheet { margin: 0; } .sheet:last-child { break-after: auto; } }
`;

// The Content-Security-Policy refuses style attributes, so each place on a sheet is a class.
function place(paper: Paper, n: number): string {
  const { x, y } = cardPosition(paper, n);
  return `.at${n} { left: ${x.toFixed(2)}mm; top: ${y.toFixed(2)}mm; }`;
}

/** The Content-Security-Policy of a page of cards. It allows the page's own style and its own picture. */
export function cardsPolicy(paper: Paper): string {
  const digest = createHash('sha256').update(style(paper)).digest('base64');
  return `default-src 'none'; style-src 'sha256-${digest}'; img-src data:; base-uri 'none'; frame-ancestors 'none'`;
}

/** The page, sheet by sheet. */
export function* cardsPage(deck: CardDeck, paper: Paper): Generator<string> {
  yield String(
    html`<!doctype html><html lang="en">${(
      <head>
        <meta charset="utf-8" />
        <title>{`Cards: ${deck.title}`}</title>
        <meta name="robots" content="noindex" />
        <style>{raw(style(paper))}</style>
      </head>
    )}<body>${deck.artwork && <Picture artwork={deck.artwork} />}`,
  );
  for (const cards of sheets(deck.cards)) {
    yield String(
      <section class="sheet">
        <Marks paper={paper} />
        {cards.map((card, n) => (
          <CardView card={card} place={n} deck={deck} />
        ))}
      </section>,
    );
  }
  yield '</body></html>';
}

// The picture stands in the page once, and each card refers to it: of 512 KiB, ten thousand times would be 7 GB.
function Picture({ artwork: { type, bytes } }: { artwork: Artwork }) {
  return (
    <svg class="picture" aria-hidden="true">
      <symbol id="picture" viewBox="0 0 1 1">
        <image
          width="1"
          height="1"
          preserveAspectRatio="xMidYMid slice"
          href={`data:${type};base64,${Buffer.from(bytes).toString('base64')}`}
        />
      </symbol>
    </svg>
  );
}

type CardViewProps = { card: Card; place: number; deck: CardDeck };

function CardView({ card, place, deck }: CardViewProps) {
  return (
    <article class={`card at${place}`}>
      <div class="head">
        {deck.artwork && (
          <svg aria-hidden="true">
            <use href="#picture" />
          </svg>
        )}
        <h1 class="title">{deck.title}</h1>
      </div>
      <Qr text={card.url} />
      <p class="how">
        Scan, or go to
        <br />
        <Url text={deck.pageUrl} />
        <br />
        and type this code:
      </p>
      <p class="code">{card.code}</p>
      <p class="note">
        {deck.until && (
          <>
            until {deck.until.day}
            <br />
            {deck.until.time && (
              <>
                {deck.until.time}
                <br />
              </>
            )}
          </>
        )}
        #{card.serial}
      </p>
    </article>
  );
}

/**
 * A URL, smaller the longer it is, because people type a gap where a line breaks. One too long to be read that small
 * breaks at a slash. The limits are for the widest of the fonts.
 */
function Url({ text }: { text: string }) {
  const size = [26, 30, 35].findIndex((fits) => text.length <= fits);
  return (
    <span class={['', 'long', 'longer'][size] ?? 'longest'}>
      {text.split('/').map((part, n) => (
        <>
          {n > 0 && (
            <>
              /<wbr />
            </>
          )}
          {part}
        </>
      ))}
    </span>
  );
}

function Marks({ paper }: { paper: Paper }) {
  const { width, height } = papers[paper];
  return (
    <svg class="marks" viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      {cutMarks(paper).map((mark) => (
        <line {...mark} />
      ))}
    </svg>
  );
}

function Qr({ text }: { text: string }) {
  const { size, runs } = qrRuns(text);
  const path = runs.map(({ x, y, length }) => `M${x} ${y}h${length}v1h-${length}z`).join('');
  return (
    <svg
      class="qr"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label="QR code"
      shape-rendering="crispEdges"
    >
      <path d={path} />
    </svg>
  );
}
