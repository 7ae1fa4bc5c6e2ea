// The gate for links of any form: with rarer arguments, with more in the query, in path segments, in a cookie.

import { crypto } from './crypto.ts';
import { disposition, folderCookie } from './headers.ts';
import { addressBinding } from './link/address.ts';
import { type LinkArguments, readQuery, readSegments } from './link/arguments.ts';
import { canonicalString } from './link/canonical.ts';
import { coveredPrefix } from './link/covered.ts';
import { isText } from './link/forms.ts';

/** As the key file promises; a shorter one is no secret. */
const shortestSecret = 32;

/** What gate() answers, for a link of any form, wherever it carries its arguments. */
export function gateAny(v: NginxVariables, querySecret: string): string {
  let place = v.tallygate_place || '';
  if (place === '' && querySecret.length < shortestSecret && v.tallygate_legacy_key) return adoptLegacy(v);
  if (place === '' && !v.arg_s) place = v.cookie_tallygate || '';
  const link = place === '' ? readQuery(v.args || '') : readSegments(place);
  if (link === undefined) return refuse(v, 'malformed');
  const secret = place === '' ? querySecret : adopt(v, link);
  if (secret.length < shortestSecret) return refuse(v, 'unknown_key');
  const path = v.uri as string;
  const covered = link.p === '' ? path : coveredPrefix(path, Number(link.p));
  if (covered === '' || !isText(covered)) return refuse(v, 'malformed');
  if (link.i !== '') v.tallygate_bound = '1';
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
  // A forged link acts on nothing; refusing it is NGINX's, as ever.
  if (crypto.createHash('md5').update(mac).digest('base64url') !== link.s) return mac;
  if (link.b !== '' && Number(link.b) > now()) return refuse(v, 'not_yet');
  apply(v, link);
  // A folder link in the query: its cookie opens what the folder's documents refer to. It holds no file name.
  if (place === '' && link.p !== '' && link.n === '')
    v.tallygate_cookie = folderCookie(link, covered, now(), v.scheme === 'https');
  return mac;
}

function refuse(v: NginxVariables, reason: string): string {
  v.tallygate_refusal = reason;
  return '';
}

/** Makes one of the site's older links the request's: NGINX then hashes what its key says, and no MAC of ours. */
function adoptLegacy(v: NginxVariables): string {
  const id = v.tallygate_legacy_key || '';
  v.tallygate_key_id = id;
  v.tallygate_legacy = id;
  v.tallygate_token = '';
  v.tallygate_signature = v.tallygate_legacy_once || '';
  v.tallygate_until = v.tallygate_legacy_expires || '';
  return '';
}

/** Makes what path segments or a cookie say the request's arguments; answers the key's secret. */
function adopt(v: NginxVariables, link: LinkArguments): string {
  v.tallygate_token = link.t;
  v.tallygate_signature = link.s;
  v.tallygate_until = link.e;
  v.tallygate_key_id = link.k;
  // A volatile map: this is its value for the key just named.
  return v.tallygate_secret || '';
}

/** The rarer arguments, which act on the request beyond its signature. */
function apply(v: NginxVariables, link: LinkArguments): void {
  if (link.f !== '' && resumes(v.http_range)) v.tallygate_until = link.f;
  // njs-types know it as read-only; NGINX lets it be set.
  if (link.r !== '') (v as Record<string, string | undefined>).limit_rate = link.r;
  if (link.n !== '') v.tallygate_disposition = disposition(link.n);
}

/** Whether a Range header asks for something behind byte 0 and nothing else: a download that has begun already. */
function resumes(range: string | undefined): boolean {
  return range !== undefined && /^bytes=0*[1-9][0-9]*-[0-9]*$/.test(range);
}

/** Unix seconds. */
function now(): number {
  return Math.floor(Date.now() / 1000);
}
