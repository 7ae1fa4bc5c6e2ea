// Mutants that no test can kill, and why. `make mutate` fails on any other that survives.

export type Survivor = {
  file: string;
  /** The line of the source as it stands, without the space before it. */
  source: string;
  /** As `make mutate` prints it. */
  change: string;
  why: string;
};

const clf = 'app/ingest/history/clf.ts';
const shortcut = 'a shortcut: without it the same text comes out, later';

export const survivors: readonly Survivor[] = [
  {
    file: clf,
    source:
      'return words.length > 3 && shapes.vhost_combined.test(latin) && looksLikeAddress(words[1] as string)',
    change: '> -> >=',
    why: 'a line of three words before the time has not the shape that is tested next',
  },
  {
    file: clf,
    source: 'const at = timeOf(rest.slice(0, 9));',
    change: '9 -> 10',
    why: 'timeOf reads nine fields and no more',
  },
  {
    file: clf,
    source: "if (method === undefined || target === undefined) return { reason: 'request_line' };",
    change: '|| -> &&',
    why: 'both come from one match: they are there together, or neither is',
  },
  {
    file: clf,
    source: "if (!escaped.includes('\\\\')) return escaped;",
    change: "!escaped.includes('\\\\') -> false",
    why: shortcut,
  },
  {
    file: clf,
    source: "if (!escaped.includes('\\\\')) return escaped;",
    change: "'\\\\' -> ''",
    why: shortcut,
  },
];
