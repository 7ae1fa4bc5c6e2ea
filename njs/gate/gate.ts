// The gate: what protect.conf asks once for each request. It says which MAC the link should carry; NGINX's own
// secure_link compares.

import { crypto } from '../crypto.ts';

/**
 * `ok`, with the MAC in $tallygate_mac (hexadecimal): the link's signature must be the MD5 of it. `legacy` for a link
 * of the site's own secure_link key, which NGINX judges alone. Anything else refuses. For a link that is not plain it
 * also writes the variables that NGINX would read from the query (http.conf, "What the link says").
 *
 * Each variable that is read, each method called for the first time and each pass over the characters costs a good part
 * of what the HMAC does. So for a plain link (e, k, perhaps t, s: nearly all are) NGINX puts together the canonical
 * string, it is read as bytes, and one comparison tells whether the link is plain.
 */
export function gate(r: NginxHTTPRequest): string {
  const v = r.variables;
  // From the key file: the secret of the key that the link names.
  const secret = v.tallygate_secret || '';
  // The key file has none that is shorter: a shorter one is an empty variable, or damage.
  const shortestSecret = 32;
  if (v.args !== v.tallygate_plain || secret.length < shortestSecret) return loadRare().gateAny(v, secret);
  const canonical = r.rawVariables.tallygate_canonical as Buffer;
  v.tallygate_mac = crypto.createHmac('sha256', secret).update(canonical).digest('hex');
  return 'ok';
}
