// Tables on standard output. People can read them and `cut` can too: fixed columns, no colours.

type Cell = string | number;

/** Prints rows under their headings. Numbers are aligned to the right. */
export function printTable(heads: readonly string[], rows: readonly (readonly Cell[])[]): void {
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => String(row[column]).length)),
  );
  const line = (row: readonly Cell[]) =>
    row
      .map((cell, column) => {
        const width = widths[column] as number;
        return typeof cell === 'number' ? String(cell).padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  process.stdout.write(`${[heads, ...rows].map(line).join('\n')}\n`);
}

/** A time in UTC, to the minute. Null is shown as a dash. */
export function day(date: Date | null): string {
  return date?.toISOString().slice(0, 16).replace('T', ' ') ?? '-';
}

/** What was pasted may hold codes that a terminal obeys, and invisible characters. They are shown as \u001b. */
export function printable(text: string): string {
  return text.replace(/[^\P{C}\n]/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
