// Makes links outside NGINX, for the service and `tallygate link`. The string that is signed comes from njs/link, which
// NGINX uses as well.

import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { buildQuery, buildSegments, encodePath, folderCookie } from '../../njs/link/build.ts';
import { canonicalString, type SignedFields } from '../../njs/link/canonical.ts';
import { coveredPrefix } from '../../njs/link/covered.ts';
import { isFileName, isTokenId } from '../../njs/link/forms.ts';
import { digest } from '../digest.ts';
import type { Hs256Key } from '../keys/ring.ts';
import { UserError } from '../user-error.ts';
import { boundAddress } from './address.ts';
import { requirePath } from './path.ts';

/** What a link is for. Times are unix seconds, UTC. */
export type LinkFields = {
  /** decoded, starts with / */
  path: string;
  /** last second in which a download may begin */
  expires: number;
  /** the end. Between `expires` and this only what is behind byte 0 is sent, to resume a download. */
  finishBy?: number | undefined;
  notBefore?: number | undefined;
  token?: string | undefined;
  /** the only client that may use it: an IPv4 or IPv6 address (an IPv6 one counts as its /64) */
  address?: string | undefined;
  /** bytes per second, over one connection at a time: for a token, or for each visitor of a link without one */
  rate?: number | undefined;
  /** what the browser saves it as */
  filename?: string | undefined;
  /** the link is good for everything below the path's first `prefix` segments */
  prefix?: number | undefined;
};

/** Under this the service shows a page with a button for the link that follows it. */
export const pageFolder = '/tallygate/get';

/**
 * Where a link has its arguments: in the query, in the path (nginx/segments.conf), or in a cookie beside it. `page`: in the
 * query, of a page with a button that leads to the link.
 */
export const linkForms = ['query', 'path', 'cookie', 'page'] as const;
export type LinkForm = (typeof linkForms)[number];

/** `cookie`: the whole Set-Cookie value. A link in this form opens nothing without it. */
export type IssuedLink = { link: string; cookie?: string };

/**
 * The link for `origin` (`https://dl.example.org`, or '' for a path alone).
 * @throws UserError for a field that a link cannot have
 */
export function signLink(key: Hs256Key, fields: LinkFields, origin: string): string {
  const signed = signedFields(key.id, fields);
  return `${origin}${encodePath(fields.path)}?${buildQuery(signed, signatureOf(key, signed).signature)}`;
}

/**
 * The link in any form.
 * @param now unix seconds, for how long a cookie is kept
 * @throws UserError for a field that no link can carry, or none of this form
 */
export function issueLink(
  key: Hs256Key,
  fields: LinkFields,
  origin: string,
  form: LinkForm,
  now: number,
): IssuedLink {
  if (form === 'query') return { link: signLink(key, fields, origin) };
  const signed = signedFields(key.id, fields);
  const mistake = formMistake(form, fields);
  if (mistake) throw new UserError(mistake.says, mistake.remedy);
  if (form === 'page') return { link: signLink(key, fields, `${origin}${pageFolder}`) };
  const { signature } = signatureOf(key, signed);
  const address = encodePath(fields.path);
  if (form === 'path') return { link: `${origin}/s/${buildSegments(signed, signature)}${address}` };
  const site = origin.startsWith('https:') ? 'SameSite=Lax; Secure' : 'SameSite=Lax';
  const cookie = folderCookie({ ...signed, s: signature }, encodePath(signed.path), now, site);
  return { link: origin + address, cookie };
}

function formMistake(form: LinkForm, { path, filename, prefix }: LinkFields) {
  if (form === 'page')
    return prefix === undefined
      ? undefined
      : {
          says: 'a page is for one file, and the link is for a folder',
          remedy: 'Use another form for folders.',
        };
  if (filename !== undefined)
    return {
      says: `a link in the form "${form}" holds no file name`,
      remedy: 'Leave the file name out, or use the form "query".',
    };
  if (form !== 'cookie' || prefix !== undefined) return undefined;
  const depth = path.split('/').length - 2;
  return {
    says: 'a cookie opens a folder, and the link is for a file alone',
    remedy:
      depth === 0
        ? 'Name a path inside a folder, or use the form "path".'
        : `Say how many segments it covers (--folder ${depth} for all beside ${path}), or use the form "path".`,
  };
}

/** MAC and signature over `signed`, as NGINX computes them. */
export function signatureOf(key: Hs256Key, signed: SignedFields): { mac: string; signature: string } {
  const mac = createHmac('sha256', secretOf(key)).update(canonicalString(signed)).digest('hex');
  return { mac, signature: digest('md5', mac) };
}

// Node converts a secret that is text at each signature, and a batch has a thousand of them.
const secrets = new WeakMap<Hs256Key, KeyObject>();
function secretOf(key: Hs256Key): KeyObject {
  let secret = secrets.get(key);
  if (!secret) {
    secret = createSecretKey(key.secret, 'utf8');
    secrets.set(key, secret);
  }
  return secret;
}

function signedFields(keyId: string, fields: LinkFields): SignedFields {
  requirePath(fields.path);
  const e = digits('expires', fields.expires, 1, 99_999_999_999);
  if (fields.finishBy !== undefined && fields.finishBy < fields.expires)
    throw new UserError(
      'finish-by lies before the expiry',
      'It says how long a download may resume after that.',
    );
  if (fields.token !== undefined && !isTokenId(fields.token))
    throw new UserError('the token is no token id', 'Use 1 to 32 of A to Z, a to z, 0 to 9, _ and -.');
  if (fields.filename !== undefined && !(fields.filename.isWellFormed() && isFileName(fields.filename)))
    throw new UserError(
      'the file name cannot stand in a header',
      'Use 1 to 255 characters, none a control character.',
    );
  const bound = fields.address === undefined ? '' : boundAddress(fields.address);
  if (bound === undefined)
    throw new UserError(`${fields.address} is no address`, 'Use one such as 203.0.113.9 or 2001:db8::1.');
  const path = fields.prefix === undefined ? fields.path : coveredPrefix(fields.path, fields.prefix);
  if (path === '')
    throw new UserError(
      `${fields.path} does not lie below ${fields.prefix} segments`,
      'Name a path inside the folder, or end it with /.',
    );
  return {
    k: keyId,
    e,
    f: fields.finishBy === undefined ? '' : digits('finish-by', fields.finishBy, 1, 99_999_999_999),
    b: fields.notBefore === undefined ? '' : digits('not-before', fields.notBefore, 0, 99_999_999_999),
    t: fields.token ?? '',
    i: bound,
    r: fields.rate === undefined ? '' : digits('rate', fields.rate, 1, 999_999_999_999),
    n: fields.filename ?? '',
    p: fields.prefix === undefined ? '' : digits('prefix', fields.prefix, 1, 16),
    path,
  };
}

function digits(name: string, value: number, min: number, max: number): string {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return String(value);
  throw new UserError(`${name} is out of range`, `Use a whole number from ${min} to ${max}.`);
}
