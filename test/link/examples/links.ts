// What the examples of mistakes are made of: links as they must be, and links signed by hand.

import { createHash, createHmac } from 'node:crypto';
import type { Pasted } from '../../../app/link/explain/reading.ts';
import { issueLink, type LinkFields } from '../../../app/link/sign.ts';
import { buildQuery, encodePath } from '../../../njs/link/build.ts';
import { canonicalString, type SignedFields } from '../../../njs/link/canonical.ts';
import { inPath, inSeconds, key, link } from '../../gate/site.ts';

export type Example = Pasted & {
  /** part of the verdict, and of the remedy */
  says: string;
  remedy: string;
  client?: string;
  /** why NGINX is not asked what it answers */
  unasked?: string;
};

/** Examples of each mistake of a table. */
export type Examples<Table> = Record<keyof Table, Example | readonly Example[]>;

export const otherKey = { ...key, id: 'b2', secret: 'Zx8Qm2Lw9Vt4Rb7Nc3Hd6Jf5Kg1Sp0Ty' };

/** The site's files that the examples ask for. */
export const files = Object.fromEntries(
  [
    'a b.txt',
    'a+b.txt',
    'Größe.txt',
    '100%.txt',
    'a#b.txt',
    'what?.txt',
    'a-b.txt',
    'a.txt',
    'a.txt)',
    'x/a.txt',
    'hls/course/seg 1.ts',
    'hls/Größe/seg.ts',
  ].map((name) => [`x/${name}`, name]),
);

export const host = 'https://dl.example.org';
export const file = '/x/a b.txt';
export const folder: Partial<LinkFields> = { prefix: 3, token: 'tok' };
export const inFolder = '/x/hls/course/seg 1.ts';
export const whole = (path = file, fields: Partial<LinkFields> = {}) =>
  host + link(path, { token: 'tok', ...fields });
export const segments = (path = file, fields: Partial<LinkFields> = {}) =>
  host + inPath(link(path, { token: 'tok', ...fields }));
/** A cookie for the folder, with its address. */
export const cookie = (path = inFolder) => {
  const fields = { path, expires: inSeconds(3600), ...folder };
  return issueLink(key, fields, host, 'cookie', inSeconds(0)) as { link: string; cookie: string };
};

/** A link whose signature holds a character of `wanted`. */
export function whoseSignature(wanted: RegExp): string {
  for (let n = 0; ; n++) {
    const address = whole(file, { token: `t${n}` });
    if (wanted.test(address.slice(-22))) return address;
  }
}
export const changeSignature = (address: string, change: (s: string) => string) =>
  address.replace(/(?<=&s=)[\w-]{22}$/, change);

type Sign = (text: string, secret: string) => string;
export const hmac = (secret: string | Buffer, text: string | Buffer, algorithm = 'sha256') =>
  createHmac(algorithm, secret).update(text).digest();
export const md5 = (data: string | Buffer) => createHash('md5').update(data).digest('base64url');
export const ours: Sign = (text, secret) => md5(hmac(secret, text).toString('hex'));

/** A link signed by a program that signs `instead` of what stands in it, or in another way. */
export function byHand(
  instead: Partial<SignedFields>,
  real: Partial<SignedFields> = {},
  sign = ours,
): string {
  const none = { k: 'a1', f: '', b: '', t: '', i: '', r: '', n: '', p: '', path: file };
  const fields: SignedFields = { ...none, e: String(inSeconds(600)), ...real };
  // Of a folder, `path` is what is asked for, and its folder what must be signed.
  const covered = fields.p === '' ? fields.path : fields.path.replace(/[^/]*$/, '');
  const text = canonicalString({ ...fields, path: covered, ...instead });
  return `${host}${encodePath(fields.path)}?${buildQuery(fields, sign(text, key.secret))}`;
}
export const signedAs = (sign: Sign, path = file) => byHand({}, { path }, sign);
export const added = { remedy: 'Sign it with the rest' };
export const p = { p: '3', path: inFolder };
export const set = (path: string) => `tallygate=${cookie(path).cookie.slice(10)}`;
