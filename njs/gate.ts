// What protect.conf asks once per request: the MAC the link should carry. NGINX's own secure_link compares.

import crypto from 'crypto';
import { isText } from './link/forms.ts';
import { loadRare } from './load-rare.ts';
import { visitorOf } from './visitor.ts';

/** As the key file promises; a shorter one is no secret. */
const shortestSecret = 32;

/**
 * The hexadecimal MAC that the link's signature is the MD5 of; `secure_link` for a key of that kind; '' refuses.
 * Writes what else the request's handling needs: the visitor, and whatever cannot be read from $arg_x.
 *
 * Every variable read, every call and every pass over characters costs as much as a good part of the HMAC. So
 * NGINX puts the parts in one variable, and for a link of the plain form (e, k, perhaps t, s: what nearly all
 * are) composes the canonical string too; whether a link is of that form is one comparison.
 */
export function gate(r: NginxHTTPRequest): string {
  const v = r.variables;
  // Lines, none of which can hold an LF: secret; the query; what it would be were it plain; address and agent.
  const input = (v.tallygate_input as string).split('\n');
  const secret = input[0] as string;
  v.tallygate_visitor_hash = visitorOf(v, input[3] as string);
  if (input[1] !== input[2] || secret.length < shortestSecret)
    return loadRare().gateAny(v, input[1] as string, secret);
  const canonical = v.tallygate_canonical as string;
  if (!isText(canonical)) return loadRare().refuse(v, 'malformed');
  return crypto.createHmac('sha256', secret).update(canonical).digest('hex');
}
