// Examples for app/link/explain/hashed.ts.

import type { hashed } from '../../../app/link/explain/hashed.ts';
import { type Examples, hmac, md5, ours, signedAs } from './links.ts';

export const hashedExamples: Examples<typeof hashed> = {
  rawMac: {
    address: signedAs((t, s) => md5(hmac(s, t))),
    says: 'of the raw MAC',
    remedy: '64 hexadecimal digits',
  },
  capitalDigits: {
    address: signedAs((t, s) => md5(hmac(s, t).toString('hex').toUpperCase())),
    says: 'in capital digits',
    remedy: 'in lower case',
  },
  lineEndHashed: {
    address: signedAs((t, s) => md5(`${hmac(s, t).toString('hex')}\n`)),
    says: 'hashed with the MAC',
    remedy: 'echo -n',
  },
  withoutMd5: {
    address: signedAs((t, s) => hmac(s, t).subarray(0, 16).toString('base64url')),
    says: 'of the MAC itself',
    remedy: 'Take the MD5',
  },
  lastLineOpen: {
    address: signedAs((t, s) => ours(t.trimEnd(), s)),
    says: 'the last line',
    remedy: 'the last too',
  },
  lineEndsOfWindows: {
    address: signedAs((t, s) => ours(t.replaceAll('\n', '\r\n'), s)),
    says: 'CR and LF',
    remedy: 'a line feed alone',
  },
  lineEndsAsText: {
    address: signedAs((t, s) => ours(t.replaceAll('\n', '\\n'), s)),
    says: 'a backslash and an n',
    remedy: 'mind the quotes',
  },
  linesLeftOut: {
    address: signedAs((t, s) => ours(t.replace(/^[fbtirnp]=\n/gm, ''), s)),
    says: 'lines without a value',
    remedy: 'all eleven lines',
  },
  firstLineLeftOut: {
    address: signedAs((t, s) => ours(t.split('\n').slice(1).join('\n'), s)),
    says: 'tallygate-link-v1, was left out',
    remedy: 'all eleven lines',
  },
  latin1: {
    address: signedAs((t, s) => md5(hmac(s, Buffer.from(t, 'latin1')).toString('hex')), '/x/Größe.txt'),
    says: 'signed in Latin-1',
    remedy: 'in UTF-8',
  },
  secretWithLineEnd: {
    address: signedAs((t, s) => ours(t, `${s}\n`)),
    says: 'part of the secret',
    remedy: 'trim',
  },
  secretQuoted: {
    address: signedAs((t, s) => ours(t, `"${s}"`)),
    says: 'quotation marks',
    remedy: 'between them',
  },
  secretDecoded: {
    address: signedAs((t, s) => md5(hmac(Buffer.from(s, 'base64'), t).toString('hex'))),
    says: 'the secret was decoded',
    remedy: 'its characters as bytes',
  },
  turnedRound: {
    address: signedAs((t, s) => ours(s, t)),
    says: 'the wrong way round',
    remedy: 'the secret is the key',
  },
  plainHash: { address: signedAs((t, s) => md5(t + s)), says: 'a plain hash', remedy: 'Take the HMAC' },
  otherHash: {
    address: signedAs((t, s) => md5(hmac(s, t, 'sha1').toString('hex'))),
    says: 'another hash than SHA-256',
    remedy: 'HMAC-SHA256',
  },
};
