// Examples for app/link/explain/carried.ts.

import type { carried } from '../../../app/link/explain/carried.ts';
import { byHand, changeSignature, type Examples, file, segments, whole, whoseSignature } from './links.ts';

export const carriedExamples: Examples<typeof carried> = {
  htmlEscaped: [
    { address: whole().replaceAll('&', '&amp;'), says: '&amp;', remedy: 'the source of a page' },
    { address: whole().replaceAll('&', '&#38;'), says: '&amp;', remedy: 'the source of a page' },
  ],
  jsonEscaped: {
    address: whole().replaceAll('&', '\\u0026').replaceAll('/', '\\/'),
    says: '\\u0026 for &',
    remedy: 'with a parser',
  },
  quotedPrintable: {
    address: whole().replaceAll('=', '=3D').replace('&t', '=\n&t'),
    says: '=3D for =',
    remedy: "Decode the mail's quoted-printable",
  },
  lineEnd: [
    { address: whole().replace('&k', '\n&k'), says: 'a line end breaks it', remedy: 'on a line of its own' },
    { address: whole().replace('&t', '%0D%0A&t'), says: 'a line end breaks it', remedy: 'in < and >' },
    { address: segments().replace('a1', 'a1\r\n  '), says: 'a line end', remedy: 'on a line of its own' },
  ],
  blank: { address: whole().replace('&s', '%20&s'), says: 'a blank', remedy: 'Copy the address' },
  invisible: [
    { address: whole().replace('&k', '\u00ad&k'), says: 'soft hyphen', remedy: 'without a word processor' },
    { address: whole().replace('&k', '%E2%80%8B&k'), says: 'zero-width', remedy: 'without a word processor' },
    { address: segments().replace('/a1', '\u200b/a1'), says: 'zero-width', remedy: 'Copy the address' },
  ],
  dash: [
    {
      address: whoseSignature(/-/).replace(/-(?=[\w-]*$)/, '–'),
      says: 'a hyphen has become a dash',
      remedy: 'Turn off what corrects typing',
    },
    { address: segments('/x/a-b.txt').replace('a-b', 'a%E2%80%93b'), says: 'a dash', remedy: 'as code' },
  ],
  backslash: [
    {
      address: whole().replaceAll('&', '\\&').replace('?', '\\?'),
      says: 'backslashes',
      remedy: 'single quotes',
    },
    { address: whole().replaceAll('=', '%5C='), says: 'backslashes', remedy: 'Take them out' },
  ],
  leading: [
    { address: `<${whole()}`, says: '"<" stands in front', remedy: 'Take the link alone' },
    { address: `[Album](${segments()}`, says: '"[Album](" stands in front', remedy: 'Take the link alone' },
  ],
  trailing: [
    ...[
      '.',
      ',',
      ')',
      '>',
      ';',
      '"',
      "'",
      '%22',
      '*',
      ']',
      '%3E',
      '%20',
      '_',
      '”',
      '…',
      '!?',
      '/',
      '%E2%80%9D',
    ].map((end) => ({
      address: whole() + end,
      says: `${JSON.stringify(end)} stands behind it`,
      remedy: 'in < and >',
    })),
    ...['.', ')', '%22', '&gt;', '%29.'].map((end) => ({
      address: segments() + end,
      says: `${JSON.stringify(end)} stands behind it`,
      remedy: 'Take it away',
    })),
    { address: `${whole()}|Album.`, says: '"|Album." stands behind it', remedy: 'Take it away' },
    { address: `${whole()}.&utm_source=mail`, says: 'something stands behind it', remedy: 'Take it away' },
  ],
  wrapped: [
    {
      address: `https://eur01.safelinks.protection.outlook.com/?url=${encodeURIComponent(whole())}&data=05%7C02&reserved=0`,
      says: 'an address of eur01.safelinks.protection.outlook.com',
      remedy: 'Follow that address',
      unasked: 'it is the address of another host',
    },
    {
      address: `https://urldefense.com/v3/__${segments()}__;!!Abc!x$`,
      says: 'an address of urldefense.com',
      remedy: 'take the link out of it',
      unasked: 'it is the address of another host',
    },
  ],
  secondQuestionMark: {
    address: `${whole()}?utm_source=mail`,
    says: 'a second ?',
    remedy: 'Add arguments with &',
  },
  firstAmpersand: { address: whole().replace('?', '&'), says: 'begin with &', remedy: 'Write ? before' },
  semicolons: { address: whole().replaceAll('&', ';'), says: '; stands between', remedy: 'Write &' },
  encodedWhole: [
    {
      address: whole().replace(/[?&=]/g, encodeURIComponent),
      says: '%3F for ?',
      remedy: 'never the link as a whole',
    },
    { address: encodeURIComponent(whole()), says: '%3F for ?', remedy: 'never the link as a whole' },
  ],
  pathEncodedTwice: [
    { address: whole().replace('%20', '%2520'), says: 'encoded twice', remedy: 'Encode the path once' },
    { address: segments().replace('%20', '%2520'), says: 'encoded twice', remedy: 'Encode the path once' },
  ],
  pathWithPlus: [
    { address: whole().replace('%20', '+'), says: 'where a space was signed', remedy: 'rawurlencode' },
    { address: segments().replace('%20', '+'), says: 'where a space was signed', remedy: '%20' },
  ],
  pathWithPercent: {
    address: whole('/x/100%.txt').replace('%25', '%'),
    says: 'a % of its path',
    remedy: '%25',
  },
  pathWithHash: { address: whole('/x/a#b.txt').replace('%23', '#'), says: 'never sent', remedy: '%23' },
  pathWithQuestionMark: {
    address: whole('/x/what?.txt').replace('%3F', '?'),
    says: 'the path ends there',
    remedy: '%3F',
  },
  pathInLatin1: [
    {
      address: whole('/x/Größe.txt').replace('Gr%C3%B6%C3%9Fe', 'Gr%F6%DFe'),
      says: 'Latin-1',
      remedy: 'as UTF-8',
    },
    {
      address: segments('/x/Größe.txt').replace('%C3%B6%C3%9F', '%F6%DF'),
      says: 'Latin-1',
      remedy: 'as UTF-8',
    },
  ],
  pathTakenForLatin1: {
    address: whole('/x/Größe.txt').replace('%C3%B6%C3%9F', '%C3%83%C2%B6%C3%83%C2%9F'),
    says: 'encoded again',
    remedy: 'as UTF-8 everywhere',
  },
  capitals: { address: whole().replace('?e=', '?E='), says: 'capitals', remedy: 'Write them small' },
  repeated: [
    { address: `${whole()}&${whole().split('?')[1]}`, says: 'argument e stands twice', remedy: 'once' },
    {
      address: `${whole()}&t=20`,
      says: 'the argument t stands twice',
      remedy: 'names of one letter are ours',
    },
  ],
  empty: {
    address: byHand({}).replace('&k=', '&f=&b=&k=').replace('&s=', '&n=&s='),
    says: 'without a value',
    remedy: 'its line is empty',
  },
  nameEncodedTwice: {
    address: whole(file, { filename: 'My mix.txt' }).replace('My%20', 'My%2520'),
    says: 'the file name (n) is encoded twice',
    remedy: 'Encode it once',
  },
  nameWithPlus: {
    address: whole(file, { filename: 'My mix.txt' }).replace('My%20', 'My+'),
    says: 'in the file name (n) where a space',
    remedy: '%20',
  },
  signatureInBase64: {
    address: changeSignature(
      whoseSignature(/-.*_|_.*-/),
      (s) => `${s.replaceAll('-', '+').replaceAll('_', '/')}==`,
    ),
    says: 'base64 with +, / and =',
    remedy: 'base64url',
  },
  signatureInHex: {
    address: changeSignature(whole(), (s) => Buffer.from(s, 'base64url').toString('hex')),
    says: 'in hexadecimal digits',
    remedy: 'as base64url',
  },
  segmentMissing: {
    address: segments('/x/x/a.txt', { token: undefined }).replace('/-/', '/'),
    says: 'lacks the segment of the token',
    remedy: 'write -',
  },
  segmentsWithoutS: { address: segments().replace('/s/', '/'), says: 'lacks the /s', remedy: '/s/<s>/<e>' },
};
