// The cards as a PDF, with the same measures as the printable page. Each sheet is written as PDF operators and packed at
// once: pdf-lib's own drawing keeps an object for each number of each module of each QR code, 400 KB a card.

import { deflateSync } from 'node:zlib';
import {
  PDFDocument,
  type PDFFont,
  type PDFImage,
  PDFName,
  PDFRawStream,
  type PDFRef,
  StandardFonts,
} from '@cantoo/pdf-lib';
import { UserError } from '../../../user-error.ts';
import type { Card, CardDeck } from './deck.ts';
import { qrRuns } from './qr.ts';
import { cardPosition, card as cardSize, cutMarks, type Paper, papers, sheets } from './sheet.ts';

const pointsPerMm = 72 / 25.4;
const padding = 5;
const qrSize = 26;
const inner = { width: cardSize.width - 2 * padding, height: cardSize.height - 2 * padding };
const textWidth = inner.width - qrSize - 4;

type Fonts = { text: PDFFont; bold: PDFFont; mono: PDFFont };
type Drawing = { deck: CardDeck; fonts: Fonts; artwork: PDFImage | undefined };

/**
 * The deck as a PDF.
 * @throws UserError where the title has characters that PDF's own fonts lack
 */
export async function deckPdf(deck: CardDeck, paper: Paper): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  document.setTitle(deck.title);
  document.setProducer('Tallygate');
  const [text, bold, mono] = await Promise.all(
    [StandardFonts.Helvetica, StandardFonts.HelveticaBold, StandardFonts.CourierBold].map((name) =>
      document.embedFont(name),
    ),
  );
  const fonts = { text, bold, mono } as Fonts;
  requireEncodable(fonts.bold, deck.title);
  const artwork = await embed(document, deck.artwork);
  const resources = document.context.obj({
    Font: Object.fromEntries(Object.values(fonts).map((font) => [font.name, font.ref])),
    ...(artwork && { XObject: { Artwork: artwork.ref } }),
  });
  const { width, height } = papers[paper];
  for (const cards of sheets(deck.cards)) {
    const canvas = new Canvas(height);
    for (const mark of cutMarks(paper)) canvas.line(mark.x1, mark.y1, mark.x2, mark.y2);
    cards.forEach((card, n) => {
      const { x, y } = cardPosition(paper, n);
      drawCard(canvas, card, { deck, fonts, artwork }, x + padding, y + padding);
    });
    const page = document.addPage([width * pointsPerMm, height * pointsPerMm]);
    page.node.set(PDFName.of('Resources'), resources);
    page.node.set(PDFName.of('Contents'), contentStream(document, canvas));
  }
  return document.save();
}

function contentStream({ context }: PDFDocument, canvas: Canvas): PDFRef {
  const packed = deflateSync(canvas.operators());
  const about = context.obj({ Filter: 'FlateDecode', Length: packed.length });
  return context.register(PDFRawStream.of(about as never, packed));
}

async function embed(document: PDFDocument, artwork: CardDeck['artwork']): Promise<PDFImage | undefined> {
  if (!artwork) return undefined;
  const { type, bytes } = artwork;
  try {
    return await (type === 'image/png' ? document.embedPng(bytes) : document.embedJpg(bytes));
  } catch (error) {
    throw new UserError('the artwork cannot be read', 'Save it anew as a plain JPEG or PNG.', {
      cause: error,
    });
  }
}

function drawCard(canvas: Canvas, card: Card, { deck, fonts, artwork }: Drawing, x: number, y: number): void {
  const indent = artwork ? 16 : 0;
  if (artwork) canvas.image('Artwork', x, y, 13, 13);
  wrap(deck.title, fonts.bold, 11, textWidth - indent).forEach((line, n) => {
    canvas.text(line, x + indent, y + 4 + n * 4.7, 11, fonts.bold);
  });
  canvas.qr(card.url, x + inner.width - qrSize, y, qrSize);
  ['Scan, or go to', deck.pageUrl, 'and type this code:'].forEach((line, n) => {
    canvas.text(
      line,
      x,
      y + inner.height - 13.5 + n * 3.7,
      fitting(line, fonts.text, 8, textWidth),
      fonts.text,
    );
  });
  canvas.text(card.code, x, y + inner.height, 11.5, fonts.mono);
  const { until } = deck;
  const note = [
    ...(until ? [`until ${until.day}`] : []),
    ...(until?.time ? [until.time] : []),
    `#${card.serial}`,
  ];
  note.reverse().forEach((line, n) => {
    const width = fonts.text.widthOfTextAtSize(line, 7) / pointsPerMm;
    canvas.text(line, x + inner.width - width, y + inner.height - n * 3.2, 7, fonts.text);
  });
}

/** The operators of a sheet. Places are in millimetres from the upper left; PDF itself counts points from the lower left. */
class Canvas {
  readonly #height: number;
  readonly #operators: string[] = [];

  constructor(height: number) {
    this.#height = height;
  }

  operators(): string {
    return this.#operators.join('\n');
  }

  line(x1: number, y1: number, x2: number, y2: number): void {
    this.#operators.push(`${mm(0.15)} w ${this.#place(x1, y1)} m ${this.#place(x2, y2)} l S`);
  }

  text(text: string, x: number, y: number, size: number, font: PDFFont): void {
    this.#operators.push(
      `BT ${PDFName.of(font.name)} ${number(size)} Tf ${this.#place(x, y)} Td ${font.encodeText(text)} Tj ET`,
    );
  }

  image(name: string, x: number, y: number, width: number, height: number): void {
    this.#operators.push(
      `q ${mm(width)} 0 0 ${mm(height)} ${this.#place(x, y + height)} cm ${PDFName.of(name)} Do Q`,
    );
  }

  /** A QR code is one path. Its unit is a module, so that its numbers are short and no gap shows between two rows. */
  qr(text: string, x: number, y: number, width: number): void {
    const { size, runs } = qrRuns(text);
    const module = mm(width / size);
    const path = runs.map((run) => `${run.x} ${run.y} ${run.length} 1 re`).join('\n');
    this.#operators.push(`q ${module} 0 0 -${module} ${this.#place(x, y)} cm\n${path}\nf Q`);
  }

  #place(x: number, y: number): string {
    return `${mm(x)} ${mm(this.#height - y)}`;
  }
}

const mm = (value: number) => number(value * pointsPerMm);
/** PDF knows no exponents. */
const number = (value: number) => String(Number(value.toFixed(4)));

/** At most three lines, none wider than `width` millimetres. Text that does not fit is cut and ends in dots. */
function wrap(text: string, font: PDFFont, size: number, width: number): string[] {
  const fits = (line: string) => font.widthOfTextAtSize(line, size) / pointsPerMm <= width;
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (fits(longer)) line = longer;
    else {
      if (line !== '') lines.push(line);
      line = cut(word, fits);
    }
  }
  lines.push(line);
  if (lines.length <= 3) return lines;
  return [...lines.slice(0, 2), `${cut(lines[2] as string, (text) => fits(`${text} ...`))} ...`];
}

function cut(word: string, fits: (text: string) => boolean): string {
  let end = word.length;
  while (end > 1 && !fits(word.slice(0, end))) end--;
  return word.slice(0, end);
}

/** The largest size up to `size` at which a line fits. */
function fitting(line: string, font: PDFFont, size: number, width: number): number {
  const natural = font.widthOfTextAtSize(line, size) / pointsPerMm;
  return natural <= width ? size : (size * width) / natural;
}

function requireEncodable(font: PDFFont, text: string): void {
  const known = new Set(font.getCharacterSet());
  // Ask the font first: drawing would print a question mark for each character it lacks.
  if ([...text].every((character) => known.has(character.codePointAt(0) as number))) return;
  throw new UserError(
    `the title "${text}" has characters that PDF's own fonts lack`,
    'Use the printable page instead (--cards file.html, or Accept: text/html): it takes every script.',
  );
}
