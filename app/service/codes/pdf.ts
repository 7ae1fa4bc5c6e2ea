// The cards as a PDF, with the same measures as the printable page. This is loaded only when a PDF is asked for: its
// library is larger than the rest of the service.

import { PDFDocument, type PDFFont, type PDFImage, type PDFPage, rgb, StandardFonts } from '@cantoo/pdf-lib';
import { UserError } from '../../user-error.ts';
import { type Card, type CardDeck, qrRuns } from './output.ts';
import { cardPosition, card as cardSize, cutMarks, type Paper, papers, sheets } from './sheet.ts';

const pointsPerMm = 72 / 25.4;
const padding = 5;
const qrSize = 26;
const textWidth = cardSize.width - 2 * padding - qrSize - 4;

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
  const { artwork } = deck;
  const image =
    artwork &&
    (await (artwork.type === 'image/png'
      ? document.embedPng(artwork.bytes)
      : document.embedJpg(artwork.bytes)));
  const { width, height } = papers[paper];
  for (const cards of sheets(deck.cards)) {
    const page = document.addPage([width * pointsPerMm, height * pointsPerMm]);
    const canvas = canvasOf(page, height);
    for (const mark of cutMarks(paper)) canvas.line(mark.x1, mark.y1, mark.x2, mark.y2);
    cards.forEach((card, n) => {
      const { x, y } = cardPosition(paper, n);
      drawCard(canvas, card, { deck, fonts, artwork: image }, x + padding, y + padding);
    });
  }
  return document.save();
}

function drawCard(canvas: Canvas, card: Card, { deck, fonts, artwork }: Drawing, x: number, y: number): void {
  const inner = cardSize.height - 2 * padding;
  const indent = artwork ? 16 : 0;
  if (artwork) canvas.image(artwork, x, y, 13, 13);
  wrap(deck.title, fonts.bold, 11, textWidth - indent).forEach((line, n) => {
    canvas.text(line, x + indent, y + 4 + n * 4.7, 11, fonts.bold);
  });
  const { size, runs } = qrRuns(card.url);
  const module = qrSize / size;
  const left = x + cardSize.width - 2 * padding - qrSize;
  for (const run of runs) canvas.box(left + run.x * module, y + run.y * module, run.length * module, module);
  ['Scan, or go to', deck.pageUrl, 'and type this code:'].forEach((line, n) => {
    canvas.text(line, x, y + inner - 13.5 + n * 3.7, fitting(line, fonts.text, 8, textWidth), fonts.text);
  });
  canvas.text(card.code, x, y + inner, 11.5, fonts.mono);
  const until = deck.redeemUntil ? `until ${deck.redeemUntil.toISOString().slice(0, 10)} · ` : '';
  const note = `${until}#${card.serial}`;
  const noteWidth = fonts.text.widthOfTextAtSize(note, 7) / pointsPerMm;
  canvas.text(note, x + cardSize.width - 2 * padding - noteWidth, y + inner, 7, fonts.text);
}

type Canvas = ReturnType<typeof canvasOf>;

/** Draws in millimetres from the upper left. PDF itself counts points from the lower left. */
function canvasOf(page: PDFPage, height: number) {
  const mm = (value: number) => value * pointsPerMm;
  return {
    line: (x1: number, y1: number, x2: number, y2: number) =>
      page.drawLine({
        start: { x: mm(x1), y: mm(height - y1) },
        end: { x: mm(x2), y: mm(height - y2) },
        thickness: mm(0.15),
      }),
    box: (x: number, y: number, w: number, h: number) =>
      page.drawRectangle({
        x: mm(x),
        y: mm(height - y - h),
        width: mm(w),
        height: mm(h),
        color: rgb(0, 0, 0),
      }),
    text: (text: string, x: number, y: number, size: number, font: PDFFont) =>
      page.drawText(text, { x: mm(x), y: mm(height - y), size, font }),
    image: (image: PDFImage, x: number, y: number, w: number, h: number) =>
      page.drawImage(image, { x: mm(x), y: mm(height - y - h), width: mm(w), height: mm(h) }),
  };
}

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
  return lines.length <= 3 ? lines : [...lines.slice(0, 2), cut(`${lines[2]} ...`, fits)];
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
    'Use the printable page instead (--cards file.html): it takes every script.',
  );
}
