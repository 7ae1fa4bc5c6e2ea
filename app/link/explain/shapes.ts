// Faults of form: NGINX refuses such a link whatever was signed. The first one that shows is named.

import { isDigits, isFileName, isKeyId, isSignature, isTokenId } from '../../../njs/link/forms.ts';
import type { Seen, Shape } from './kinds.ts';
import { isTooOpen, isWithin, uriOf } from './reading.ts';

const whole = 'Copy the link whole, or issue it anew.';
const first = ({ given }: Seen, name: string) => given.get(name)?.[0];
const length = (seen: Seen) => first(seen, 's')?.length ?? 0;

/** Shows if the argument is there and does not have the right form. */
const wrong = (name: string, isRight: (value: string) => boolean) => (seen: Seen) =>
  (seen.given.get(name) ?? []).some((value) => !isRight(value));
const isTime = (text: string) => isDigits(text, 11);
const decoded = (text: string) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
};

/** The folder that a cookie's Path names, as NGINX would see it. */
const folderOf = ({ reading: { cookie } }: Seen) => uriOf(cookie?.path ?? '/') ?? '/';
const isOutside = ({ reading: { place, cookie, sent } }: Seen) =>
  place === 'cookie' && cookie !== undefined && !isWithin(cookie, sent);
const missing = ({ given }: Seen) => ['e', 'k', 's'].filter((name) => !given.has(name));

export const shapes = {
  shortened: {
    says: 'it was shortened for display: … stands for the rest',
    remedy: 'Copy the address of the link, not what is shown of it.',
    shows: ({ address }) => /…|%e2%80%a6|\.{3}$/i.test(address),
  },
  cookieOfOtherFolder: {
    says: (seen: Seen) => `the cookie is for ${folderOf(seen)}, and the path lies elsewhere`,
    remedy: "Issue a cookie for the path's folder.",
    shows: (seen) => isOutside(seen) && !seen.reading.path.startsWith(folderOf(seen)),
  },
  cookieSpeltOtherwise: {
    says: ({ reading }: Seen) =>
      `no browser sends the cookie: its Path, ${reading.cookie?.path}, does not begin the address ${reading.sent} letter by letter`,
    remedy: 'Encode addresses as the link that came with the cookie is encoded.',
    shows: isOutside,
  },
  cookieSecure: {
    says: 'the cookie is Secure, and the address is http: no browser sends it',
    remedy: 'Ask by https; where the site has none, set origin to http://... and issue the cookie anew.',
    shows: ({ reading: { place, cookie, origin } }) =>
      place === 'cookie' && cookie !== undefined && isTooOpen(cookie, origin),
  },
  segmentsWrong: {
    says: 'it does not have the segments <s>/<e>[.f<f>][.b<b>][.p<p>][.i1][.r<r>]/<k>/<t or ->',
    remedy: 'Write them so, with - for no token; a file name (n) has no place there.',
    shows: ({ reading: { place, text }, given }) =>
      place !== 'query' &&
      (text.split('/').length !== 4 || [...given.keys()].some((name) => !/^[sektfbpir]$/.test(name))),
  },
  cutByShell: {
    says: 'it ends behind its first argument, where a shell sees an & outside quotes',
    remedy: 'Put the link in single quotes.',
    shows: ({ reading: { place, text } }) => place === 'query' && /^e=\d+$/.test(text),
  },
  missing: {
    says: (seen: Seen) => `it lacks ${missing(seen).join(', ')}`,
    remedy: `${whole} A link that a cookie opens is explained with --cookie.`,
    shows: (seen) => missing(seen).length > 0,
  },
  twice: {
    says: ({ given }: Seen) =>
      `the argument ${[...given].find(([name, values]) => /^[efbktpirns]$/i.test(name) && values.length > 1)?.[0]} stands twice, and neither value fits`,
    remedy: 'Write each argument once; names of one letter are ours.',
    shows: ({ given }) =>
      [...given].some(([name, values]) => /^[efbktpirns]$/.test(name) && values.length > 1),
  },
  capitalName: {
    says: 'an argument is named by a capital letter, which NGINX would take for ours',
    remedy: 'Write the names of our arguments small, and call others otherwise.',
    shows: ({ given }) => [...given.keys()].some((name) => /^[EFBKTPIRNS]$/.test(name)),
  },
  signatureCut: {
    says: (seen: Seen) => `s has ${length(seen)} of its 22 characters: the link was cut off`,
    remedy: whole,
    shows: (seen) => length(seen) < 22,
  },
  signatureLong: {
    says: (seen: Seen) => `s has ${length(seen)} characters, and a signature has 22`,
    remedy: 'Write the 16 bytes of the MD5 as base64url, without = at the end.',
    shows: (seen) => length(seen) > 22,
  },
  signatureLowered: {
    says: 's holds no capital letter: something has put the link in small letters',
    remedy: 'Pass links on as they are: their letters are not alike.',
    shows: (seen) => /^[a-z0-9_-]{22}$/.test(first(seen, 's') ?? ''),
  },
  signatureForm: {
    says: 's is not 16 bytes in base64url: A to Z, a to z, 0 to 9, _ and -, the last one of A, Q, g and w',
    remedy: whole,
    shows: wrong('s', isSignature),
  },
  timeInMilliseconds: {
    says: 'e is in milliseconds',
    remedy: 'Write unix seconds: divide by 1000, and round down.',
    shows: (seen) => /^\d{12,14}$/.test(first(seen, 'e') ?? ''),
  },
  timeForm: {
    says: 'e, f and b may only hold 1 to 11 digits, unix seconds; NGINX refuses the link',
    remedy: 'Write the time so.',
    shows: (seen) => ['e', 'f', 'b'].some((name) => wrong(name, isTime)(seen)),
  },
  finishBeforeExpiry: {
    says: 'f (finish by) lies before e (start by); NGINX refuses the link',
    remedy: 'Leave f out, or make it later than e.',
    shows: (seen) => Number(first(seen, 'f') ?? Number.POSITIVE_INFINITY) < Number(first(seen, 'e')),
  },
  keyForm: {
    says: 'k may only hold 1 to 16 of a to z, 0 to 9 and -; NGINX refuses the link',
    remedy: 'Write the id of the key: tallygate keys list',
    shows: wrong('k', isKeyId),
  },
  tokenForm: {
    says: 't may only hold 1 to 32 of A to Z, a to z, 0 to 9, _ and -; NGINX refuses the link',
    remedy: 'Sign with a token id of that form, or leave t out.',
    shows: wrong('t', isTokenId),
  },
  folderForm: {
    says: 'p may only be a number from 1 to 16; NGINX refuses the link',
    remedy: 'Write how many segments of the path are the folder: 2 for /hls/course/.',
    shows: wrong('p', (value) => /^(?:[1-9]|1[0-6])$/.test(value)),
  },
  boundForm: {
    says: 'i may only be 1; NGINX refuses the link',
    remedy: "Write i=1, and sign the client's address in its line.",
    shows: wrong('i', (value) => value === '1'),
  },
  rateForm: {
    says: 'r may only hold 1 to 12 digits, bytes per second; NGINX refuses the link',
    remedy: 'Write a whole number, without a unit.',
    shows: wrong('r', (value) => isDigits(value, 12)),
  },
  nameForm: {
    says: 'n must be 1 to 255 characters in percent-encoded UTF-8, none a control character; NGINX refuses the link',
    remedy: 'Encode the file name with encodeURIComponent or what is like it.',
    shows: wrong('n', (value) => isFileName(decoded(value))),
  },
} as const satisfies Record<string, Shape>;
