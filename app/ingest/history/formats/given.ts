// A format that was given as a string, in NGINX's or Apache's language.

import { UserError } from '../../../user-error.ts';
import { apacheLayout, isApacheFormat } from './apache-format.ts';
import { type Format, missingFrom, type Scanner, type Token } from './format.ts';
import { keyedBy } from './keyed-scanner.ts';
import { LayoutScanner } from './layout-scanner.ts';
import { formatString, isNginxFormat, nginxLayout } from './nginx-format.ts';
import type { LocalClock } from './time.ts';

/**
 * The format of a string.
 * @throws UserError where it is in neither language, or does not say what counting needs
 */
export function givenFormat(text: string, local?: LocalClock): Format {
  if (!isNginxFormat(text) && !isApacheFormat(text)) {
    throw new UserError(
      `"${text}" is no format that is known here`,
      'Give a name (tallygate ingest --help lists them), an NGINX log_format such as "$remote_addr ..." or an Apache LogFormat such as "%h ...".',
    );
  }
  const scanner = jsonScanner(text, local) ?? new LayoutScanner(layoutOf(text), local);
  const missing = missingFrom(scanner.kinds);
  if (missing) {
    throw new UserError(
      `the format names no ${missing.what}`,
      `Requests cannot be counted without it: a format needs ${missing.example}.`,
    );
  }
  return { name: text, open: () => scanner };
}

const layoutOf = (text: string) => (isNginxFormat(text) ? nginxLayout(text) : apacheLayout(text));

/** A format that writes JSON: { "time": "$time_iso8601", "status": $status }. */
function jsonScanner(text: string, local?: LocalClock): Scanner | undefined {
  const format = isNginxFormat(text) ? formatString(text) : text.replaceAll('\\"', '"');
  if (!format.trim().startsWith('{')) return undefined;
  const template = format.replace(/("(?:[^"\\]|\\.)*")|([$%][^\s,}]+)/g, (all, quoted?: string) =>
    quoted === undefined ? JSON.stringify(all) : all,
  );
  return keyedBy(template, (value) => only(layoutOf(value).tokens), local);
}

/** What a value means: that of the one field it holds, perhaps in brackets. */
function only(tokens: readonly Token[]) {
  const fields = tokens.filter((token) => typeof token === 'object');
  const around = tokens.filter((token) => typeof token === 'string').join('');
  const [field] = fields;
  return field && fields.length === 1 && /^[[\]]*$/.test(around)
    ? field
    : ({ kind: 'other', rank: 0 } as const);
}
