// Logs whose columns are named in the log itself: W3C extended logs (IIS, CloudFront) by a line #Fields, CSV by its head.

import type { Fields, Kind } from './fields.ts';
import { meaningOf } from './fields.ts';
import {
  type Field,
  type Format,
  joinTokens,
  type Layout,
  missingFrom,
  type Outcome,
  type Scanner,
  type Token,
  usual,
} from './format.ts';
import { LayoutScanner } from './layout-scanner.ts';
import type { LocalClock } from './time.ts';

/** W3C extended log format; its times are UTC. */
export const w3c: Format = {
  name: 'w3c',
  open(sample) {
    const head = sample.find(isHead);
    if (head === undefined) return undefined;
    return new W3cScanner(head, sample.find((line) => !line.startsWith('#')) ?? '');
  },
};

class W3cScanner implements Scanner {
  #head = '';
  #scanner: LayoutScanner;
  readonly #separator: string;

  constructor(head: string, line: string) {
    this.#separator = line.includes('\t') ? '\t' : ' ';
    this.#head = head;
    this.#scanner = this.#read(head);
  }

  get layout(): Layout {
    return this.#scanner.layout;
  }

  get kinds(): ReadonlySet<Kind> {
    return this.#scanner.kinds;
  }

  get parted() {
    return this.#scanner.parted;
  }

  get time(): number {
    return this.#scanner.time;
  }

  scan(line: string, fields: Fields): Outcome {
    if (!line.startsWith('#')) return this.#scanner.scan(line, fields);
    // A server that is configured anew begins a new head in the same file.
    if (isHead(line) && line !== this.#head) {
      this.#head = line;
      this.#scanner = this.#read(line);
    }
    return 'comment';
  }

  #read(head: string): LayoutScanner {
    const columns = head.slice('#Fields:'.length).trim().split(/\s+/);
    // CloudFront separates by tabs and escapes by %, IIS by blanks and writes a blank as +.
    const escaping = this.#separator === '\t' ? 'percent' : 'plus';
    return new LayoutScanner(layoutOf(columns, this.#separator, { escaping }));
  }
}

/** `#Fields: date time ...`; Zeek separates by tabs and writes `#fields`. */
const isHead = (line: string) => /^#fields[:\t]/i.test(line);

const separators = ['\t', '|', ';', ','] as const;

/** A table with its columns' names in the first line. */
export const csv: Format = {
  name: 'csv',
  open(sample) {
    const head = sample[0] ?? '';
    for (const separator of separators) {
      const columns = head.split(separator).map((name) => name.trim().replace(/^"(.*)"$/, '$1'));
      const layout = layoutOf(columns, separator, { escaping: 'none' });
      const scanner = new LayoutScanner(layout);
      if (columns.length > 3 && !missingFrom(scanner.kinds)) return new CsvScanner(scanner, head);
    }
    return undefined;
  },
};

class CsvScanner extends LayoutScanner {
  readonly #head: string;

  constructor({ layout }: LayoutScanner, head: string, local?: LocalClock) {
    super(layout, local);
    this.#head = head;
  }

  override scan(line: string, fields: Fields): Outcome {
    return line === this.#head ? 'comment' : super.scan(line, fields);
  }
}

function layoutOf(columns: readonly string[], separator: string, more: Pick<Layout, 'escaping'>): Layout {
  const tokens = columns.flatMap((name, index): Token[] => {
    const field: Field = { name, ...(meaningOf(name) ?? { kind: 'other', rank: 0 }) };
    return index === 0 ? [field] : [separator, field];
  });
  return { ...usual, ...more, tokens: joinTokens(tokens), strict: false, hostOfTarget: true };
}
