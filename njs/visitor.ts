// Who fetched a file, for one UTC day and no longer: a keyed hash of address and user agent.

import crypto from 'crypto';
import { addressBinding } from './link/address.ts';

const dayInMs = 86400000;

/** As the salt file lays them out (app/salts/file.ts): this many days' salts stand in one variable. */
const daysInBlock = 32;
const saltLength = 43;

/**
 * The visitor, 11 characters of base64url (64 bits); '' when there is no salt for today: http.conf then puts a
 * random one in its place, so the record is kept and nobody is recognised.
 * @param client address, space, user agent
 */
export function visitorOf(variables: NginxVariables, client: string): string {
  // NGINX cannot tell the UTC day by itself ($time_iso8601 is local), so it cannot choose the salt. One variable
  // for each day would overflow its table of variables.
  const day = Math.floor(Date.now() / dayInMs);
  const salts = variables[`tallygate_s${Math.floor(day / daysInBlock)}`];
  if (!salts) return '';
  const start = (day % daysInBlock) * saltLength;
  const salt = salts.slice(start, start + saltLength);
  // A day the file does not hold is a row of dots.
  if (salt.charAt(0) === '.') return '';
  const colon = client.indexOf(':');
  const who = colon >= 0 && colon < client.indexOf(' ') ? shortened(client) : client;
  // Not an HMAC, which njs takes half as long again for: a key of fixed length in front, and most of the result
  // withheld, leave nothing to extend.
  const hash = crypto
    .createHash('sha256')
    .update(salt + who)
    .digest('base64url');
  // The last character has two bits to spare: always zero, so that a visitor has one spelling.
  return hash.slice(0, 10) + 'AEIMQUYcgkosw048'.charAt(hash.charCodeAt(10) & 15);
}

/** `client` with its IPv6 address cut to the /64. */
function shortened(client: string): string {
  const end = client.indexOf(' ');
  return addressBinding(client.slice(0, end)) + client.slice(end);
}
