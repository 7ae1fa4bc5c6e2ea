// Where the cards are on a sheet, in millimetres from the upper left corner. Pure. The printable page and the PDF share
// it.

export type Paper = 'a4' | 'letter';

export const papers: Record<Paper, { width: number; height: number }> = {
  a4: { width: 210, height: 297 },
  letter: { width: 215.9, height: 279.4 },
};

// The size of a business card, a little lower, so that five rows leave every printer its margin.
export const card = { width: 85, height: 50 };
const columns = 2;
const rows = 5;
export const cardsPerSheet = columns * rows;

const markLength = 5;
const markGap = 1.5;

export type Mark = { x1: number; y1: number; x2: number; y2: number };

function corner(paper: Paper) {
  const { width, height } = papers[paper];
  return { left: (width - columns * card.width) / 2, top: (height - rows * card.height) / 2 };
}

/** The upper left corner of the n-th card of a sheet, row by row. */
export function cardPosition(paper: Paper, n: number): { x: number; y: number } {
  const { left, top } = corner(paper);
  return { x: left + (n % columns) * card.width, y: top + Math.floor(n / columns) * card.height };
}

/** The cut marks, outside the cards, on the lines along which the sheet is cut from edge to edge. */
export function cutMarks(paper: Paper): Mark[] {
  const { left, top } = corner(paper);
  const right = left + columns * card.width;
  const bottom = top + rows * card.height;
  const marks: Mark[] = [];
  for (let i = 0; i <= columns; i++) {
    const x = left + i * card.width;
    marks.push({ x1: x, y1: top - markGap - markLength, x2: x, y2: top - markGap });
    marks.push({ x1: x, y1: bottom + markGap, x2: x, y2: bottom + markGap + markLength });
  }
  for (let i = 0; i <= rows; i++) {
    const y = top + i * card.height;
    marks.push({ x1: left - markGap - markLength, y1: y, x2: left - markGap, y2: y });
    marks.push({ x1: right + markGap, y1: y, x2: right + markGap + markLength, y2: y });
  }
  return marks;
}

/** Cards in sheets. */
export function sheets<T>(cards: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(cards.length / cardsPerSheet) }, (_, i) =>
    cards.slice(i * cardsPerSheet, (i + 1) * cardsPerSheet),
  );
}
