// Reads lines by a layout: one pass from left to right. A field ends where the text behind it begins, so no line is
// looked at more than a few times, whatever it holds.

import type { Fields, Kind } from './fields.ts';
import { fits } from './fits.ts';
import type { Field, Layout, Outcome, Scanner, Token } from './format.ts';
import { type LocalClock, TimeReader } from './time.ts';

type Step = {
  field: Field;
  kind: Kind;
  /** The text behind the field, without its closing quote. '' for the last. */
  until: string;
  last: boolean;
  /** Whether that text is followed by a time: then it is the text in front of the time, wherever else it stands. */
  timeFollows: boolean;
  /** Whether it is a text that stands in quotes. */
  isText: boolean;
  /** Whether the field directly behind begins with a slash. */
  endsAtSlash: boolean;
};

/** Longer runs of blanks are no separator: a hostile line must not make us count them again and again. */
const mostBlanks = 64;
const [quote, blank, backslash] = [0x22, 0x20, 0x5c];

export class LayoutScanner implements Scanner {
  readonly layout: Layout;
  readonly kinds: ReadonlySet<Kind>;
  readonly parted = { at: 0, expected: '' };
  readonly #first: string;
  readonly #steps: readonly Step[];
  readonly #times: TimeReader;
  /** Where the text behind the field just found ends. */
  #after = 0;
  /** Where the time stands that was read to find the field in front of it. */
  #timeAt = -1;

  constructor(layout: Layout, local?: LocalClock) {
    this.layout = layout;
    this.#times = new TimeReader(local);
    const { tokens } = layout;
    this.#first = typeof tokens[0] === 'string' ? withoutQuote(tokens[0], tokens[1], tokens[2]) : '';
    this.#steps = stepsOf(tokens);
    this.kinds = new Set(this.#steps.map(({ kind }) => kind));
  }

  scan(line: string, fields: Fields): Outcome {
    let at = skipBlanks(line, 0);
    this.#timeAt = -1;
    const begin = literalEnd(line, at, this.#first);
    if (begin < 0) return this.#part(at, `"${this.#first.trim()}"`);
    at = begin;
    for (const step of this.#steps) {
      const { kind } = step;
      let from = at;
      let end = -1;
      // Quotes may stand where the format has none, and be missing where it has some.
      if (line.charCodeAt(at) === quote) {
        end = this.#quoted(line, at, step);
        if (end >= 0) from = at + 1;
      }
      if (end < 0) end = kind === 'time' ? this.#time(line, at, step) : this.#plain(line, at, step);
      else if (kind === 'time' && !this.#times.read(line, from)) end = -1;
      // A text that should be in quotes and is not: it may be missing, but it is not the next best word.
      if (step.isText && from === at && end >= 0 && line.slice(at, end) !== '-') end = -1;
      if (end < 0) return this.#part(at, step.field.name);
      const value = line.slice(from, end);
      if (!fits(kind, value, this.layout.strict)) return this.#part(at, step.field.name);
      fields[kind] = value;
      at = this.#after;
    }
    return this.layout.openEnded || skipBlanks(line, at) >= line.length ? 'whole' : 'more';
  }

  get time(): number {
    return this.#times.value;
  }

  #part(at: number, expected: string): Outcome {
    this.parted.at = at;
    this.parted.expected = expected;
    return 'none';
  }

  /** The end of a text in quotes: the quote that is not escaped and has the right text behind it. */
  #quoted(line: string, at: number, step: Step): number {
    for (let end = line.indexOf('"', at + 1); end >= 0; end = line.indexOf('"', end + 1)) {
      if (line.charCodeAt(end - 1) === backslash && isEscaped(line, end)) continue;
      if (this.#follows(line, end + 1, step)) return end;
    }
    return -1;
  }

  #time(line: string, at: number, step: Step): number {
    if (at !== this.#timeAt && !this.#times.read(line, at)) return -1;
    const { end } = this.#times;
    return this.#follows(line, end, step) ? end : -1;
  }

  #plain(line: string, at: number, step: Step): number {
    const { kind, until } = step;
    if (kind === 'request') {
      const end = requestEnd(line, at);
      if (end >= 0 && this.#follows(line, end, step)) return end;
    }
    if (step.endsAtSlash) {
      const end = line.indexOf('/', at);
      this.#after = end;
      return end;
    }
    if (step.last && until === '') return this.#lastEnd(line, at, kind);
    const isList = kind === 'forwarded' || kind === 'other';
    const first = until.charAt(0);
    for (let end = line.indexOf(first, at); end >= 0; end = line.indexOf(first, end + 1)) {
      if (isList && first === ' ' && isInList(line, end)) continue;
      if (this.#follows(line, end, step)) return end;
    }
    return -1;
  }

  /** Text at the end of a line may hold blanks, anything else ends at one. */
  #lastEnd(line: string, at: number, kind: Kind): number {
    const isText = kind === 'agent' || kind === 'referrer' || kind === 'forwarded' || kind === 'request';
    const gap = isText ? -1 : line.indexOf(' ', at);
    const end = gap < 0 ? trimmedEnd(line, at) : gap;
    this.#after = end;
    return end;
  }

  #follows(line: string, end: number, { until, last, timeFollows }: Step): boolean {
    const after = literalEnd(line, end, until);
    if (after < 0) return false;
    if (last && after < line.length && line.charCodeAt(after) !== blank) return false;
    if (timeFollows) {
      if (!this.#times.read(line, after)) return false;
      this.#timeAt = after;
    }
    this.#after = after;
    return true;
  }
}

function stepsOf(tokens: readonly Token[]): Step[] {
  return tokens.flatMap((token, index): Step[] => {
    if (typeof token === 'string') return [];
    const [behind = '', next, afterNext] = tokens.slice(index + 1);
    const text = behind as string;
    const before = tokens[index - 1];
    const isQuoted = typeof before === 'string' && before.endsWith('"') && text.startsWith('"');
    const follows = next as Field | undefined;
    const until = withoutQuote(isQuoted ? text.slice(1) : text, follows, afterNext);
    return [
      {
        field: token,
        kind: token.kind,
        until,
        isText: isQuoted && (token.kind === 'agent' || token.kind === 'referrer'),
        last: follows === undefined,
        timeFollows: follows?.kind === 'time',
        endsAtSlash: text === '' && follows !== undefined,
      },
    ];
  });
}

/** The text in front of a field without the quote that opens it: that one may be missing. */
function withoutQuote(text: string, field: Token | undefined, behind: Token | undefined): string {
  const opens =
    text.endsWith('"') && field !== undefined && typeof behind === 'string' && behind.startsWith('"');
  return opens ? text.slice(0, -1) : text;
}

/** Where a literal that stands at a place ends; -1 where it does not. */
function literalEnd(line: string, at: number, literal: string): number {
  let place = at;
  for (let i = 0; i < literal.length; i += 1) {
    const code = literal.charCodeAt(i);
    if (line.charCodeAt(place) !== code) return -1;
    place += 1;
    if (code === blank) place = skipBlanks(line, place);
  }
  return place;
}

function skipBlanks(line: string, at: number): number {
  let place = at;
  const most = at + mostBlanks;
  while (place < most && line.charCodeAt(place) === blank) place += 1;
  return place;
}

function trimmedEnd(line: string, from: number): number {
  let end = line.length;
  while (end > from && line.charCodeAt(end - 1) === blank) end -= 1;
  return end;
}

function isEscaped(line: string, at: number): boolean {
  let place = at - 1;
  while (line.charCodeAt(place) === backslash) place -= 1;
  return (at - place) % 2 === 0;
}

/** `203.0.113.5, 10.0.0.2` and NGINX's `10.0.0.1:80 : 10.0.0.2:80`: this blank does not end them. */
function isInList(line: string, at: number): boolean {
  if (line[at - 1] === ',') return true;
  return (line[at + 1] === ':' && line[at + 2] === ' ') || (line[at - 1] === ':' && line[at - 2] === ' ');
}

/** The end of `GET /a b.iso HTTP/1.1`, which holds blanks itself. */
function requestEnd(line: string, at: number): number {
  const version = line.indexOf(' HTTP/', at);
  if (version < 0) return -1;
  let end = version + 6;
  while (end < version + 9 && /[\d.]/.test(line.charAt(end))) end += 1;
  return end;
}
