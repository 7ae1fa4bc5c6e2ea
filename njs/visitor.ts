// Who fetched a file, for one UTC day and no longer: a keyed hash of address and user agent.

import { crypto } from './crypto.ts';
import { addressBinding } from './link/address.ts';

const dayInSeconds = 86400;

/** Characters of a salt, as the salt file has them (app/salts/file.ts). */
const saltLength = 43;

/**
 * The visitor, 11 characters of base64url (64 bits); '' when there is no salt for today: http.conf then puts a
 * random one in its place, so the record is kept and nobody is recognised.
 */
export function visitorOf(v: NginxVariables): string {
  // NGINX cannot tell the UTC day by itself ($time_iso8601 is local): it maps the one it is told to the salt.
  v.tallygate_day = `${((v.msec as unknown as number) / dayInSeconds) | 0}`;
  let who = v.tallygate_who;
  if (!who) return '';
  if (who.length === saltLength) who += `${addressBinding(v.remote_addr || '')} ${v.http_user_agent || ''}`;
  // Not an HMAC, which njs takes half as long again for: a key of fixed length in front, and most of the result
  // withheld, leave nothing to extend.
  const hash = crypto.createHash('sha256').update(who).digest('base64url');
  // The last character has two bits to spare: always zero, so that a visitor has one spelling.
  return hash.slice(0, 10) + 'AEIMQUYcgkosw048'.charAt(hash.charCodeAt(10) & 15);
}
