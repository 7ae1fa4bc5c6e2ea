// What protect.conf asks once per request: the MAC the link should carry. NGINX's own secure_link compares.

import { crypto } from './crypto.ts';
import { loadRare } from './load-rare.ts';
import { visitorOf } from './visitor.ts';

/** As the key file promises; a shorter one is no secret. */
const shortestSecret = 32;

/** How much of a canonical string NGINX wrote itself, at the least: nothing in it is foreign text. */
const preamble = 47;

/**
 * The hexadecimal MAC that the link's signature is the MD5 of; '' refuses. Writes what else the request's handling
 * needs: the visitor, and whatever cannot be read from $arg_x.
 *
 * Every variable read, every method called for the first time and every pass over characters costs as much as a
 * good part of the HMAC. So for a link of the plain form (e, k, perhaps t, s: what nearly all are) NGINX composes
 * the canonical string, and whether a link is of that form is one comparison.
 */
export function gate(r: NginxHTTPRequest): string {
  const v = r.variables;
  v.tallygate_visitor_hash = visitorOf(v);
  const secret = v.tallygate_secret || '';
  const query = v.args || '';
  if (query !== v.tallygate_plain || secret.length < shortestSecret)
    return loadRare().gateAny(v, query, secret);
  const canonical = v.tallygate_canonical as string;
  if (canonical.indexOf('\uFFFD', preamble) >= 0) return loadRare().refuse(v, 'malformed');
  return crypto.createHmac('sha256', secret).update(canonical).digest('hex');
}
