// The gate for links that are not plain: with rarer arguments, beside other arguments, in path segments, in a cookie.

import { crypto } from '../crypto.ts';
import { addressBinding } from '../link/address.ts';
import { type LinkArguments, readQuery, readSegments } from '../link/arguments.ts';
import { canonicalString } from '../link/canonical.ts';
import { coveredPrefix } from '../link/covered.ts';
import { isText } from '../link/forms.ts';
import { digestedPath, holderOf, nameInFolder } from '../link/holder.ts';
import { isDenied } from './denied.ts';
import { disposition, setCookie } from './response-headers.ts';
import { mayResume } from './resume.ts';

/** The key file has none that is shorter: a shorter one is an empty variable, or damage. */
const shortestSecret = 32;
/** How many cookies of a request are tried. Each costs an HMAC. */
const mostCookies = 8;
/** An expiry that is over. NGINX reads 0 as no time at all. */
export const longAgo = '1';

/** `isSpent`: of a folder's link, whether the limit for this one of its files is used up. */
type Found = {
  link: LinkArguments;
  mac: string;
  covered: string;
  inQuery: boolean;
  opens: boolean;
  isSpent: boolean;
};

/** As gate(), for a link of any form, wherever it carries its arguments. */
export function gateAny(v: NginxVariables, querySecret: string): string {
  // Reading fixes it: from now on it is the path that was asked for.
  const path = v.tallygate_path as string;
  const segments = v.tallygate_segments || '';
  const isOlder = segments === '' && querySecret.length < shortestSecret && !!v.tallygate_legacy_key;
  const links = segments === '' ? candidates(v) : [readSegments(segments)];
  if (cutsFilm(v.args || '')) return isOlder ? adoptLegacy(v) : refuse(v, 'malformed');
  const found = isOlder && links.length === 1 ? undefined : choose(v, path, links, segments === '');
  // NGINX says only once whether an older link is good. So a folder's cookie that opens comes first: whoever adds ?md5=
  // to an address must not lose the folder by it.
  if (isOlder && !(found && found.opens)) return adoptLegacy(v);
  if (found === undefined) return refuse(v, v.tallygate_refusal || 'forged');
  const link = found.link;
  v.tallygate_claimed_key = link.k;
  v.tallygate_claimed_token = link.t;
  v.tallygate_signature = link.s;
  // secure_link takes it for a link whose time is over, and so it is answered.
  v.tallygate_expires = found.isSpent ? longAgo : untilOf(v, link);
  // njs-types has it as read-only, but NGINX lets it be set.
  if (link.r !== '') (v as Record<string, string | undefined>).limit_rate = link.r;
  // Who has one connection: the token's holder, or without a token each visitor of the link.
  if (link.r !== '')
    v.tallygate_rated = link.t !== '' ? holderOf(link.t) : `${link.s} ${v.tallygate_visitor_hash}`;
  if (link.n !== '') v.tallygate_disposition = disposition(link.n);
  // A folder link in the query: the cookie opens what the folder's documents refer to. A cookie can hold no file name.
  if (found.inQuery && link.p !== '' && link.n === '')
    v.tallygate_cookie = setCookie(v, link, found.covered, now());
  v.tallygate_mac = found.mac;
  return 'ok';
}

/** What may be a link in this request, in the order in which it is tried: first the query, then the cookies. */
function candidates(v: NginxVariables): (LinkArguments | undefined)[] {
  const found = [readQuery(v.args || '')];
  // A browser sends those of inner folders first, and some may be late. The query may be no link: anyone can add ?s= to
  // an address.
  const cookies = (v.http_cookie || '').split(';');
  for (let i = 0; i < cookies.length && found.length <= mostCookies; i++) {
    const cookie = (cookies[i] as string).trim();
    // Some clients quote what holds a slash (Python's http.cookies, and so aiohttp).
    if (cookie.indexOf('tallygate=') === 0)
      found.push(readSegments(cookie.slice(10).replace(/^"(.*)"$/, '$1')));
  }
  return found;
}

/**
 * The first link that opens this path now. If none does, the first that we signed, so that the answer may be that it
 * has ended: its time is over, or its token was revoked or spent.
 */
function choose(
  v: NginxVariables,
  path: string,
  links: (LinkArguments | undefined)[],
  queryFirst: boolean,
): Found | undefined {
  let ended: Found | undefined;
  for (let i = 0; i < links.length; i++) {
    const link = links[i];
    const found = link === undefined ? undefined : verify(v, path, link);
    if (link === undefined && i === 0 && links.length === 1) v.tallygate_refusal = 'malformed';
    if (found === undefined) continue;
    found.inQuery = queryFirst && i === 0;
    found.isSpent = isSpentInFolder(v, path, found.link);
    // If it is the only link, refuse.conf looks whether it is denied: one file less to ask for here.
    found.opens =
      !found.isSpent &&
      Number(untilOf(v, found.link)) >= now() &&
      (links.length === 1 || !isDenied(v, 't', found.link.t));
    if (found.opens) return found;
    if (ended === undefined) ended = found;
  }
  return ended;
}

/** The link with its MAC, if we signed it for this path and its not-before is past. */
function verify(v: NginxVariables, path: string, link: LinkArguments): Found | undefined {
  // From the key file, a volatile map: it now gives the secret of the key just named.
  v.tallygate_claimed_key = link.k;
  const secret = v.tallygate_secret || '';
  if (secret.length < shortestSecret) return fault(v, 'unknown_key');
  const covered = link.p === '' ? path : coveredPrefix(path, Number(link.p));
  if (covered === '' || !isText(covered)) return fault(v, 'malformed');
  const canonical = canonicalString({
    k: link.k,
    e: link.e,
    f: link.f,
    b: link.b,
    t: link.t,
    i: link.i === '' ? '' : addressBinding(v.remote_addr || ''),
    r: link.r,
    n: link.n,
    p: link.p,
    path: covered,
  });
  const mac = crypto.createHmac('sha256', secret).update(canonical).digest('hex');
  // NGINX will compare once more. Here it tells which of several links to take.
  if (crypto.createHash('md5').update(mac).digest('base64url') !== link.s)
    return fault(v, link.i === '' ? 'forged' : 'address');
  if (link.b !== '' && Number(link.b) > now()) return fault(v, 'not_yet');
  return { link, mac, covered, inQuery: false, opens: false, isSpent: false };
}

/** A folder's token is denied for each of its files by itself. Only such links pay for looking. */
function isSpentInFolder(v: NginxVariables, path: string, link: LinkArguments): boolean {
  if (link.p === '' || link.t === '') return false;
  // As text, as in the record: njs 0.7.9 hands out bytes.
  const text = digestedPath(Buffer.from(path).toString());
  return isDenied(v, 't', nameInFolder(link.t, crypto.createHash('sha256').update(text).digest('base64url')));
}

/** The last second this request is accepted in: finish-by (f) for a download that goes on, otherwise start-by (e). */
function untilOf(v: NginxVariables, link: LinkArguments): string {
  return link.f !== '' && Number(link.e) < now() && mayResume(v) ? link.f : link.e;
}

function fault(v: NginxVariables, reason: string): undefined {
  if (!v.tallygate_refusal) v.tallygate_refusal = reason;
  return undefined;
}

function refuse(v: NginxVariables, reason: string): string {
  v.tallygate_refusal = reason;
  return '';
}

/**
 * Takes a link of the site's own secure_link key for the request's. NGINX then hashes what that key says, and no MAC of
 * ours.
 */
function adoptLegacy(v: NginxVariables): string {
  const id = v.tallygate_legacy_key || '';
  v.tallygate_claimed_key = id;
  v.tallygate_legacy = id;
  v.tallygate_claimed_token = '';
  v.tallygate_signature = v.tallygate_legacy_once || '';
  v.tallygate_expires = v.tallygate_legacy_expires || '';
  // Why a cookie beside it was refused is not the reason of this link.
  v.tallygate_refusal = '';
  return 'legacy';
}

/**
 * Whether the query asks NGINX's mp4 or flv module to cut a film at `start` or `end`. No link is for that: each cut is
 * another file of another size, and no limit could count it. Players seek by Range.
 */
function cutsFilm(query: string): boolean {
  return query !== '' && /(^|&)(start|end)=/i.test(query);
}

/** Unix seconds. */
function now(): number {
  return Math.floor(Date.now() / 1000);
}
