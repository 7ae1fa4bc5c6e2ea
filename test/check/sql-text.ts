// Cuts comments and brackets out of SQL, as far as the checks of SQL need it. Positions and line numbers stay.

/** The text with its comments blanked: those of SQL, and those of TypeScript around it. */
export function withoutComments(text: string, file: string): string {
  const comments = file.endsWith('.sql')
    ? /('(?:[^']|'')*')|--.*|\/\*[\s\S]*?\*\//g
    : // `//` in an address, as in https://, begins no comment.
      /(`(?:\\.|[^\\`])*`|'(?:\\.|[^\\'\n])*'|"(?:\\.|[^\\"\n])*")|(?<![:\w])\/\/.*|\/\*[\s\S]*?\*\//g;
  return text.replace(comments, (found, literal?: string) => literal ?? blank(found));
}

/** As many characters and lines, and nothing to read. */
export const blank = (text: string) => text.replace(/[^\n]/g, ' ');

const opening: Record<string, string> = { ')': '(', '}': '{', ']': '[' };

/** Where the bracket opens that `text[end]` closes; 0 where it does not. */
function openingOf(text: string, end: number): number {
  const close = text[end] as string;
  let depth = 0;
  for (let at = end; at >= 0; at--) {
    if (text[at] === close) depth++;
    else if (text[at] === opening[close] && --depth === 0) return at;
  }
  return 0;
}

/** The arguments of the call whose bracket opens at `start`, and where it ends. */
export function argumentsAt(text: string, start: number): { list: string[]; end: number } {
  const list: string[] = [];
  let depth = 0;
  let from = start + 1;
  for (let at = start; at < text.length; at++) {
    const character = text[at] as string;
    if ('([{'.includes(character)) depth++;
    else if (character === ',' && depth === 1) {
      list.push(text.slice(from, at).trim());
      from = at + 1;
    } else if (')]}'.includes(character) && --depth === 0) {
      list.push(text.slice(from, at).trim());
      return { list, end: at };
    }
  }
  return { list, end: text.length };
}

/**
 * What the cast that begins at `end` is applied to: a name, a literal, a parameter, a call, something in brackets, or
 * another cast of one of these.
 */
export function operandBefore(text: string, end: number): string {
  let start = end;
  while (start > 0 && /\s/.test(text[start - 1] as string)) start--;
  const last = text[start - 1] ?? '';
  if (last === "'") {
    start = text.lastIndexOf("'", start - 2);
  } else {
    if (last in opening) start = openingOf(text, start - 1);
    // The name of a column, of a parameter ($1) or of the function before the brackets; `$` of a template's ${...}.
    while (start > 0 && /[\w.$]/.test(text[start - 1] as string)) start--;
  }
  start = Math.max(start, 0);
  const before = text.slice(0, start).trimEnd();
  const inner = before.endsWith('::') ? `${operandBefore(text, before.length - 2)}::` : '';
  return inner + text.slice(start, end).trim();
}
