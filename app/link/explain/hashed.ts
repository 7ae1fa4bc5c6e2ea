// Wrong ways to sign: the right values, put together or hashed in another way than NGINX does.

import { createHash, createHmac } from 'node:crypto';
import type { Hashed } from './kinds.ts';

const md5 = (data: string | Buffer) => createHash('md5').update(data).digest('base64url');
const hmac = (secret: string | Buffer, text: string | Buffer, algorithm = 'sha256') =>
  createHmac(algorithm, secret).update(text).digest();
const hex = (mac: Buffer) => mac.toString('hex');
/** The correct kind of signature, of another text or with another secret. */
const ours = (secret: string | Buffer, text: string | Buffer) => md5(hex(hmac(secret, text)));

export const hashed = {
  rawMac: {
    says: 'the MD5 was taken of the raw MAC',
    remedy: 'Take it of its 64 hexadecimal digits, in lower case.',
    sign: ({ text, secret }) => [md5(hmac(secret, text)), md5(hmac(secret, text).toString('base64'))],
  },
  capitalDigits: {
    says: 'the MD5 was taken of the MAC in capital digits',
    remedy: 'Write its 64 hexadecimal digits in lower case.',
    sign: ({ text, secret }) => [md5(hex(hmac(secret, text)).toUpperCase())],
  },
  lineEndHashed: {
    says: 'a line end was hashed with the MAC',
    remedy: 'Take the MD5 of the 64 digits alone: print them without a line end (printf, echo -n).',
    sign: ({ text, secret }) => [md5(`${hex(hmac(secret, text))}\n`)],
  },
  withoutMd5: {
    says: 'the signature is of the MAC itself',
    remedy: "Take the MD5 of the MAC's 64 hexadecimal digits, and write that as base64url.",
    sign: ({ text, secret }) => {
      const mac = hmac(secret, text);
      return [mac.toString('base64url').slice(0, 22), mac.subarray(0, 16).toString('base64url')];
    },
  },
  lastLineOpen: {
    says: 'the last line was signed without its line feed',
    remedy: 'End each of the eleven lines with a line feed, the last too.',
    sign: ({ text, secret }) => [ours(secret, text.slice(0, -1))],
  },
  lineEndsOfWindows: {
    says: 'the lines were ended with CR and LF',
    remedy: 'End each with a line feed alone.',
    sign: ({ text, secret }) => [ours(secret, text.replaceAll('\n', '\r\n'))],
  },
  lineEndsAsText: {
    says: 'the lines were ended with a backslash and an n',
    remedy:
      'Write them so that the language makes line feeds of \\n: in PHP and in a shell, mind the quotes.',
    sign: ({ text, secret }) => [text, text.slice(0, -1)].map((t) => ours(secret, t.replaceAll('\n', '\\n'))),
  },
  linesLeftOut: {
    says: 'lines without a value were left out',
    remedy: 'Sign all eleven lines; what the link does not say leaves its line empty behind the =.',
    sign: ({ text, secret }) => [ours(secret, text.replace(/^[a-z]=\n/gm, ''))],
  },
  firstLineLeftOut: {
    says: 'the first line, tallygate-link-v1, was left out',
    remedy: 'Sign all eleven lines.',
    sign: ({ text, secret }) => [ours(secret, text.replace(/^.*\n/, ''))],
  },
  latin1: {
    says: 'the text was signed in Latin-1',
    remedy: 'Sign its bytes in UTF-8.',
    sign: ({ text, secret }) => [ours(secret, Buffer.from(text, 'latin1'))],
  },
  secretWithLineEnd: {
    says: 'a line end was taken for part of the secret',
    remedy: 'Cut it off after reading the secret (trim, strip, chomp).',
    sign: ({ text, secret }) => ['\n', '\r\n', ' '].map((end) => ours(secret + end, text)),
  },
  secretQuoted: {
    says: 'the quotation marks were taken for part of the secret',
    remedy: 'Take what stands between them.',
    sign: ({ text, secret }) => [ours(`"${secret}"`, text), ours(`'${secret}'`, text)],
  },
  secretDecoded: {
    says: 'the secret was decoded (base64 or hexadecimal digits)',
    remedy: 'Take its characters as bytes, as they stand in the key file.',
    sign: ({ text, secret }) =>
      [Buffer.from(secret, 'base64'), Buffer.from(secret, 'hex')].map((bytes) => ours(bytes, text)),
  },
  turnedRound: {
    says: 'secret and text were given to HMAC the wrong way round',
    remedy: 'See in which order your language takes them: the secret is the key.',
    sign: ({ text, secret }) => [ours(text, secret)],
  },
  plainHash: {
    says: 'a plain hash was taken of secret and text',
    remedy: 'Take the HMAC of the text, with the secret as its key.',
    sign: ({ text, secret }) =>
      [secret + text, text + secret].flatMap((data) => [
        md5(data),
        md5(createHash('sha256').update(data).digest('hex')),
      ]),
  },
  otherHash: {
    says: 'HMAC was taken with another hash than SHA-256',
    remedy: 'Take HMAC-SHA256.',
    sign: ({ text, secret }) =>
      ['md5', 'sha1', 'sha384', 'sha512'].map((algorithm) => md5(hex(hmac(secret, text, algorithm)))),
  },
} as const satisfies Record<string, Hashed>;
