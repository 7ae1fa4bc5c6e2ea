// What protect.conf asks once per request: the MAC the link should carry. NGINX's own secure_link compares.

import { crypto } from '../crypto.ts';

/**
 * `ok` with $tallygate_mac, the hexadecimal MAC that the link's signature must be the MD5 of; `legacy` for one of the site's
 * older links, which NGINX judges alone; anything else refuses. For
 * links of other than the plain form it writes what else the request's handling needs and cannot be read from $arg_x.
 *
 * Every variable read, every method called for the first time and every pass over characters costs as much as a
 * good part of the HMAC. So for a link of the plain form (e, k, perhaps t, s: what nearly all are) NGINX composes
 * the canonical string, which is read as bytes, and whether a link is of that form is one comparison.
 */
export function gate(r: NginxHTTPRequest): string {
  const v = r.variables;
  const secret = v.tallygate_secret || '';
  // As the key file promises; a shorter one is no secret.
  const shortestSecret = 32;
  if (v.args !== v.tallygate_plain || secret.length < shortestSecret) return loadRare().gateAny(v, secret);
  const canonical = r.rawVariables.tallygate_canonical as Buffer;
  v.tallygate_mac = crypto.createHmac('sha256', secret).update(canonical).digest('hex');
  return 'ok';
}
