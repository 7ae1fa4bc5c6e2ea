// A log format as data: what a line says, in what order, and what stands between.

import { UserError } from '../../../user-error.ts';
import type { Fields, Kind } from './fields.ts';

/** A field of a line, by the name its format gives it. */
export type Field = { name: string; kind: Kind; rank: number };

/** Fields and the text between them. In that text a blank stands for one blank or more. */
export type Token = string | Field;

/** How a format writes what it will not print plainly: \xHH as NGINX and Apache, %HH as CloudFront, + for a blank as IIS. */
export type Escape = 'backslash' | 'percent' | 'plus' | 'none';

export type Layout = {
  tokens: readonly Token[];
  escaping: Escape;
  /** Whether hosts and addresses must look as such: true where nobody but us says that this is their format. */
  strict: boolean;
  /** Whether the time is when the request began (Apache, HAProxy), not when it ended (NGINX). */
  timeIsStart: boolean;
  /** Whether a request for a whole URL (https://dl.example.org/a.iso) tells the host. */
  hostOfTarget: boolean;
  /** Whether fields that are not named here may stand behind: of formats that grow with the years. */
  openEnded: boolean;
};

export const usual: Omit<Layout, 'tokens'> = {
  escaping: 'backslash',
  strict: false,
  timeIsStart: false,
  hostOfTarget: false,
  openEnded: false,
};

/** What came of a line: read to its end; read, and more stands behind; a comment or head; not of this format. */
export type Outcome = 'whole' | 'more' | 'comment' | 'none';

/** Reads the lines of one log, one after the other. */
export interface Scanner {
  readonly layout: Omit<Layout, 'tokens'>;
  /** What its lines say. */
  readonly kinds: ReadonlySet<Kind>;
  /** Fills `fields` with Latin-1 text. */
  scan(line: string, fields: Fields): Outcome;
  /** Milliseconds of the time in the line just scanned; NaN where it is none, such as 31 February. */
  readonly time: number;
  /** Where the last line parted from this format, and what should have stood there. */
  readonly parted: { at: number; expected: string };
}

/** A format before it has met a log. */
export type Format = {
  name: string;
  /**
   * Its scanner, undefined where these lines are none of it.
   * @param sample the first lines of the log, as Latin-1
   */
  open(sample: readonly string[]): Scanner | undefined;
};

const needed: readonly (readonly [what: string, kinds: readonly Kind[], example: string])[] = [
  ['time', ['time'], '$time_local or %t'],
  ['client address', ['address', 'socket', 'forwarded'], '$remote_addr or %h'],
  ['request', ['request', 'target', 'path'], '$request or %r'],
  ['status', ['status'], '$status or %>s'],
];

/** What a format must say for its requests to be counted, and does not. */
export function missingFrom(kinds: ReadonlySet<Kind>): { what: string; example: string } | undefined {
  const missing = needed.find(([, some]) => !some.some((kind) => kinds.has(kind)));
  return missing && { what: missing[0], example: missing[2] };
}

/**
 * Makes tokens ready to scan: of fields that say the same thing only the best is used, and what is written in pieces
 * (date and time, address and port, path and query) becomes one field.
 * @throws UserError where it cannot be told where one field ends and the next begins
 */
export function joinTokens(tokens: readonly Token[]): Token[] {
  const joined: Token[] = [];
  for (const token of tokens) {
    const last = joined.at(-1);
    const before = joined.at(-2);
    if (typeof token === 'string') {
      if (typeof last === 'string') joined[joined.length - 1] = last + token;
      else joined.push(token);
    } else if (
      typeof last === 'object' &&
      isQuery(token) &&
      (last.kind === 'path' || last.kind === 'target')
    ) {
      joined[joined.length - 1] = { ...last, name: last.name + token.name };
    } else if (typeof last === 'object') {
      const endsAtSlash = last.kind === 'host' && (token.kind === 'path' || token.kind === 'target');
      if (!endsAtSlash && !isQuery(last) && !isQuery(token)) throw unclear(last, token);
      joined.push('', token);
    } else if (typeof before === 'object' && typeof last === 'string' && isOneTime(before, last, token)) {
      joined.splice(-2, 2, { name: `${before.name}${last}${token.name}`, kind: 'time', rank: before.rank });
    } else if (typeof before === 'object' && before.kind === 'address' && last === ':' && isPort(token)) {
      joined.splice(-2, 2, { name: `${before.name}:${token.name}`, kind: 'socket', rank: before.rank });
    } else if (typeof before === 'object' && before.kind === 'host' && last === ':' && isPort(token)) {
      joined.splice(-2, 2, { ...before, name: `${before.name}:${token.name}` });
    } else joined.push(token);
  }
  return onlyBest(joined.map((token) => (typeof token === 'string' ? token.replace(/ +/g, ' ') : token)));
}

const isQuery = ({ name }: Field) => /^(?:\$(?:is_args|args|query_string)|%q)$/.test(name);
const isPort = ({ name }: Field) => /port/i.test(name) || /^%(?:\{\w+\})?p$/.test(name);

/** `date time`, or the pieces of an Apache time: %{%d/%b/%Y:%T}t.%{msec_frac}t %{%z}t. */
function isOneTime(before: Field, between: string, token: Field): boolean {
  if (token.kind !== 'time' || between.length > 2) return false;
  return (
    before.kind === 'date' ||
    (before.kind === 'time' && before.name.endsWith('}t') && token.name.endsWith('}t'))
  );
}

function unclear(a: Field, b: Field): UserError {
  return new UserError(
    `nobody can tell where ${a.name} ends and ${b.name} begins`,
    'Name the format with what stands between them in the log.',
  );
}

function onlyBest(tokens: readonly Token[]): Token[] {
  const best = new Map<Kind, number>();
  const group = ({ kind }: Field) => (kind === 'socket' ? 'address' : kind);
  for (const token of tokens) {
    if (typeof token === 'string') continue;
    best.set(group(token), Math.min(best.get(group(token)) ?? token.rank, token.rank));
  }
  const used = new Set<Kind>();
  return tokens.map((token): Token => {
    if (typeof token === 'string' || token.kind === 'other') return token;
    const kind = group(token);
    if (token.rank === best.get(kind) && !used.has(kind)) {
      used.add(kind);
      return token;
    }
    // Where one field has to be told from the next, a time or an address is still one.
    return { ...token, kind: 'other' };
  });
}
