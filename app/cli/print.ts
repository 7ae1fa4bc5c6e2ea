// Lists on standard output, for people and for `cut` alike: columns as wide as their widest cell, no colours.

type Cell = string | number;

/** Prints rows under their heads; numbers stand to the right. */
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

/** A time to the minute, UTC; a dash where there is none. */
export function day(date: Date | null): string {
  return date?.toISOString().slice(0, 16).replace('T', ' ') ?? '-';
}

/** What was pasted may hold what a terminal obeys, and what nobody sees: written as \u001b. */
export function printable(text: string): string {
  return text.replace(/[^\P{C}\n]/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
