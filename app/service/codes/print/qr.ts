// QR codes, as the printable page and the PDF draw them.

import encode from 'qr';

/** Dark modules side by side in a row. Places are in modules from the upper left. */
type Run = { x: number; y: number; length: number };

/** A QR code as runs of dark modules; it is `size` modules wide. */
export function qrRuns(text: string): { size: number; runs: Run[] } {
  // The library draws a border of one module at least. Ours is the white of the card.
  const bordered = encode(text, 'raw', { ecc: 'medium', border: 1 });
  const rows = bordered.slice(1, -1).map((row) => row.slice(1, -1));
  const size = rows.length;
  const runs: Run[] = [];
  rows.forEach((row, y) => {
    for (let x = 0; x < size; x++) {
      if (!row[x]) continue;
      const start = x;
      while (x < size && row[x]) x++;
      runs.push({ x: start, y, length: x - start });
    }
  });
  return { size, runs };
}
