// What protect.conf asks once per request: the MAC the link should carry. NGINX's own secure_link compares.

import crypto from 'crypto';
import { addressBinding } from './link/address.ts';
import { type LinkArguments, readQuery, readSegments } from './link/arguments.ts';
import { canonicalString } from './link/canonical.ts';
import { coveredPrefix } from './link/covered.ts';
import { isText } from './link/forms.ts';
import { visitorOf } from './visitor.ts';

/** What keys.conf holds in place of a secret for a key that NGINX computes by itself. */
const nativeKey = 'secure_link';

/** As the key file promises; a shorter one is no secret. */
const shortestSecret = 32;

/**
 * The hexadecimal MAC that the link's signature is the MD5 of; `secure_link` for a key of that kind; '' refuses.
 * Writes what else the request's handling needs: the visitor, and whatever cannot be read from $arg_x.
 */
export function gate(r: NginxHTTPRequest): string {
  const v = r.variables;
  // One read: every variable read costs as much as a good part of the HMAC. No value before the path can hold
  // an LF. Order: secret, segments, address, query, agent, path.
  const input = v.tallygate_input as string;
  const ends: number[] = [];
  let end = -1;
  for (let i = 0; i < 5; i++) {
    end = input.indexOf('\n', end + 1);
    ends.push(end);
  }
  let secret = input.slice(0, ends[0]);
  const segments = input.slice((ends[0] as number) + 1, ends[1]);
  const address = input.slice((ends[1] as number) + 1, ends[2]);
  const query = input.slice((ends[2] as number) + 1, ends[3]);
  const agent = input.slice((ends[3] as number) + 1, ends[4]);
  const path = input.slice((ends[4] as number) + 1);

  v.tallygate_visitor_hash = visitorOf(v, address, agent);
  if (!isText(path)) return refuse(v, 'malformed');
  if (segments === '' && secret === nativeKey) {
    v.tallygate_token = '';
    return nativeKey;
  }
  const link = segments === '' ? readQuery(query) : readSegments(segments);
  if (link === undefined) return refuse(v, 'malformed');
  if (segments !== '') secret = adopt(v, link);
  if (secret.length < shortestSecret) return refuse(v, 'unknown_key');
  const covered = link.p === '' ? path : coveredPrefix(path, Number(link.p));
  if (covered === '') return refuse(v, 'malformed');
  const plain = link.f === '' && link.b === '' && link.i === '' && link.r === '' && link.n === '';
  if (!plain) apply(v, link);
  return crypto
    .createHmac('sha256', secret)
    .update(
      canonicalString({
        k: link.k,
        e: link.e,
        f: link.f,
        b: link.b,
        t: link.t,
        i: link.i === '' ? '' : addressBinding(address),
        r: link.r,
        n: link.n,
        p: link.p,
        path: covered,
      }),
    )
    .digest('hex');
}

function refuse(v: NginxVariables, reason: string): string {
  v.tallygate_refusal = reason;
  return '';
}

/** Makes what path segments or a cookie say the request's arguments; answers the key's secret. */
function adopt(v: NginxVariables, link: LinkArguments): string {
  v.tallygate_token = link.t;
  v.tallygate_link_signature = link.s;
  v.tallygate_link_until = link.e;
  v.tallygate_key_id = link.k;
  // A volatile map: this is its value for the key just named.
  return v.tallygate_secret || '';
}

/** The rarer arguments, which act on the request beyond its signature. */
function apply(v: NginxVariables, link: LinkArguments): void {
  if (link.f !== '' && resumes(v.http_range)) v.tallygate_link_until = link.f;
  if (link.b !== '' && Number(link.b) > Math.floor(Date.now() / 1000)) v.tallygate_early = '1';
  if (link.i !== '') v.tallygate_bound = '1';
  if (link.r !== '') v.tallygate_rate = link.r;
}

/** Whether a Range header asks for something behind byte 0: a download that has begun already. */
function resumes(range: string | undefined): boolean {
  return range !== undefined && /^bytes=0*[1-9][0-9]*-[0-9]*$/.test(range);
}
