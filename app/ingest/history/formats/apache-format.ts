// Apache's LogFormat: %directives and the text between them. lighttpd, Varnish and others write the same language.

import { UserError } from '../../../user-error.ts';
import { type Kind, meaningOf } from './fields.ts';
import { type Field, joinTokens, type Layout, type Token, usual } from './format.ts';

/** Whether this is a format in Apache's language. */
export function isApacheFormat(text: string): boolean {
  return directive.test(text);
}

// Status codes and a direction may stand in front: %400,501{User-Agent}i, %!200b, %>s.
const source = '%(?:!?\\d{3}(?:,\\d{3})*)?[<>]?(?:\\{([^{}]*)\\})?(\\^?[A-Za-z]{1,3}|%)';
const directive = new RegExp(source);

const kinds: Readonly<Record<string, Kind>> = {
  h: 'address',
  a: 'address',
  r: 'request',
  m: 'method',
  U: 'path',
  s: 'status',
  b: 'sent',
  B: 'sent',
  O: 'bytes',
  S: 'other',
  v: 'host',
  V: 'host',
  t: 'time',
  D: 'microseconds',
  T: 'seconds',
};

/**
 * The layout of a LogFormat string, or of the whole directive as it stands in a configuration.
 * @throws UserError where it cannot be told where one field ends and the next begins
 */
export function apacheLayout(text: string): Layout {
  const format = stringOf(text.trim());
  const tokens: Token[] = [];
  let end = 0;
  for (const found of format.matchAll(new RegExp(source, 'g'))) {
    tokens.push(format.slice(end, found.index), ...tokensOf(found[0], found[1], found[2] ?? ''));
    end = found.index + found[0].length;
  }
  tokens.push(format.slice(end));
  return { ...usual, tokens: joinTokens(tokens.filter((token) => token !== '')), timeIsStart: true };
}

function tokensOf(name: string, argument: string | undefined, letters: string): Token[] {
  if (letters === '%') return ['%'];
  // Only one letter is the directive's, what follows is text: "%bms". Trailers and such have two: %{X}^ti.
  const long = letters.startsWith('^') ? letters.slice(0, 3) : letters.slice(0, 1);
  const rest = letters.slice(long.length);
  const field = fieldOf(name.slice(0, name.length - rest.length), argument, long);
  const brackets = long === 't' && argument === undefined;
  const around: Token[] = brackets ? ['[', field, ']'] : [field];
  return rest === '' ? around : [...around, rest];
}

function fieldOf(name: string, argument: string | undefined, letter: string): Field {
  // The last status is what the client got, %s the first before a redirection inside the server.
  const rank = letter === 's' && !name.includes('>') ? 1 : 0;
  if (argument === undefined) return { name, kind: kinds[letter] ?? 'other', rank };
  if (letter === 'i') return { name, ...(meaningOf(`http_${argument}`) ?? meaningOf(argument) ?? other) };
  if (letter === 'o') return { name, ...(meaningOf(`sent_http_${argument}`) ?? other) };
  if (letter === 't') return { name, kind: 'time', rank: 1 };
  if (letter === 'T') return { name, kind: durations[argument] ?? 'other', rank: 0 };
  if (letter === 's' || letter === 'h') return { name, kind: kinds[letter] as Kind, rank: 0 };
  // %{c}a is the proxy that connected; of notes, cookies and variables we know nothing.
  return { name, ...other };
}

const other = { kind: 'other', rank: 0 } as const;
const durations: Readonly<Record<string, Kind>> = { s: 'seconds', ms: 'milliseconds', us: 'microseconds' };

function stringOf(text: string): string {
  if (!/^LogFormat\s/i.test(text)) return text.replaceAll('\\"', '"');
  const found = /^LogFormat\s+"((?:[^"\\]|\\.)*)"/i.exec(text)?.[1];
  if (found === undefined)
    throw new UserError('the LogFormat has no string in quotes', 'Give the whole directive, or its string.');
  return found.replace(/\\(.)/g, (_, character: string) => ({ t: '\t', n: '\n' })[character] ?? character);
}
