// Reads a link's arguments, from the query string or from the short form that path segments and cookies use.

import { isDigits, isFileName, isKeyId, isSignature, isTokenId } from './forms.ts';

/** A link's arguments as text, `n` decoded; absent is ''. */
export type LinkArguments = {
  e: string;
  f: string;
  b: string;
  k: string;
  t: string;
  p: string;
  i: string;
  r: string;
  n: string;
  s: string;
};

type Name = keyof LinkArguments;

const names = 'efbktpirns';

/**
 * The arguments of a query string. Undefined if one has the wrong form, is missing, or stands twice. Names are
 * case-sensitive: one in the wrong case is refused, because NGINX's $arg_e would read it. Arguments with other names
 * are the site's, and ignored.
 */
export function readQuery(query: string): LinkArguments | undefined {
  const found = noArguments();
  const length = query.length;
  let start = 0;
  while (start < length) {
    let end = query.indexOf('&', start);
    if (end < 0) end = length;
    // Only names of one letter: `x=...`
    if (query.charCodeAt(start + 1) === 61) {
      const name = query.charAt(start);
      if (names.indexOf(name) >= 0) {
        if (found[name as Name] !== '' || end === start + 2) return undefined;
        found[name as Name] = query.slice(start + 2, end);
      } else if (names.indexOf(name.toLowerCase()) >= 0) return undefined;
    }
    start = end + 1;
  }
  if (found.n !== '') {
    const name = decode(found.n);
    if (!isFileName(name)) return undefined;
    found.n = name;
  }
  return isWellFormed(found) ? found : undefined;
}

/**
 * The arguments of the short form `<s>/<e>[.<letter><value>]...\/<k>/<t or ->`, as in
 * `9pQi.../1795300000.p2.f1795390000/a1/-`: f, b, p, i and r may follow e.
 */
export function readSegments(text: string): LinkArguments | undefined {
  const parts = text.split('/');
  if (parts.length !== 4) return undefined;
  const found = noArguments();
  found.s = parts[0] as string;
  found.k = parts[2] as string;
  if (parts[3] !== '-') {
    found.t = parts[3] as string;
    if (found.t === '') return undefined;
  }
  const times = (parts[1] as string).split('.');
  found.e = times[0] as string;
  for (let i = 1; i < times.length; i++) {
    const field = times[i] as string;
    const name = field.charAt(0);
    if (field.length < 2 || 'fbpir'.indexOf(name) < 0 || found[name as Name] !== '') return undefined;
    found[name as Name] = field.slice(1);
  }
  return isWellFormed(found) ? found : undefined;
}

function noArguments(): LinkArguments {
  return { e: '', f: '', b: '', k: '', t: '', p: '', i: '', r: '', n: '', s: '' };
}

function isWellFormed(a: LinkArguments): boolean {
  return (
    isSignature(a.s) &&
    isDigits(a.e, 11) &&
    isKeyId(a.k) &&
    (a.t === '' || isTokenId(a.t)) &&
    (a.f === '' || (isDigits(a.f, 11) && Number(a.f) >= Number(a.e))) &&
    (a.b === '' || isDigits(a.b, 11)) &&
    (a.p === '' || isSegmentCount(a.p)) &&
    (a.i === '' || a.i === '1') &&
    (a.r === '' || isDigits(a.r, 12))
  );
}

/** 1 to 16, written one way only. */
function isSegmentCount(text: string): boolean {
  return isDigits(text, 2) && text.charAt(0) !== '0' && Number(text) <= 16;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (_) {
    // Not UTF-8, or a torn %xx: no file name.
    return '';
  }
}
