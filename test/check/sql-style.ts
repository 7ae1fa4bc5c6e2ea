// How SQL files are written. We format SQL by hand, because every formatter that was tried on ours did harm:
//
// - sql-formatter 15.9 reads `set jit = off` of a function as an UPDATE's SET, and splits one setting over three lines;
// - pgFormatter 5.5 makes a comment of `#variable_conflict use_column`, and breaks the function;
// - @postgres-language-server/cli 0.25 drops every comment and writes timestamptz as `timestamp with time zone`;
// - prettier-plugin-sql-cst 0.22 writes `-- > statement-breakpoint`, which drizzle's migrator does not find.
//
// All but pgFormatter leave the bodies of functions alone, which are half of sql/reports, and give every column of the
// rest a line of its own.

import { withoutComments } from './sql-text.ts';
import type { Finding } from './sql-zone.ts';

const maxLength = 120;

const keywords =
  /\b(?:ALTER|AND|AS|BEGIN|BY|CASE|CREATE|CROSS|DELETE|DISTINCT|ELSE|END|EXISTS|FROM|FUNCTION|GRANT|GROUP|HAVING|INSERT|INTO|IS|JOIN|LATERAL|LEFT|LIMIT|NOT|NULL|ON|OR|ORDER|REPLACE|RETURN|RETURNS|SELECT|SET|TABLE|THEN|UNION|UPDATE|VALUES|VIEW|WHEN|WHERE|WITH)\b/g;

/** Tabs, spaces at a line's end, long lines, keywords in capitals, an end that is not one line end. */
export function styleFindings(text: string, file: string): Finding[] {
  const find = (within: string, pattern: RegExp, remedy: string) =>
    [...within.matchAll(pattern)].map(({ 0: found, index }) => ({ at: index, found, remedy }));
  const code = withoutComments(text, file).replace(/'[^']*'/g, (literal) => literal.replace(/\S/g, '.'));
  return [
    ...find(text, /\t/g, 'indent with spaces'),
    ...find(text, /[ \r]+$/gm, 'end the line without them'),
    ...find(text, new RegExp(`^.{${maxLength + 1},}$`, 'gm'), `${maxLength} characters a line`),
    ...find(text, /\n\n+$|(?<!\n)$/g, 'end the file with one line end'),
    ...find(code, keywords, 'in small letters'),
  ];
}
