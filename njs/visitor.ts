// Who fetched a file, for one UTC day and no longer: a keyed hash of address and user agent.

import { crypto } from './crypto.ts';
import { addressBinding } from './link/address.ts';

const dayInSeconds = 86400;

/** Characters of a salt, as the salt file has them (app/salts/file.ts). */
const saltLength = 43;

/**
 * The visitor, 11 characters of base64url (60 bits and a last character that says nothing more); '' when there is
 * no salt for today: http.conf then puts a random one in its place, so the record is kept and nobody is recognised.
 */
export function visitorOf(v: NginxVariables): string {
  // NGINX cannot tell the UTC day by itself ($time_iso8601 is local): it maps the one it is told to the salt.
  v.tallygate_day = `${((v.msec as unknown as number) / dayInSeconds) | 0}`;
  let who = v.tallygate_who;
  if (!who) return '';
  if (who.length === saltLength) who += `${addressBinding(v.remote_addr || '')} ${v.http_user_agent || ''}`;
  // MD5, because every block of SHA-256 costs as much as reading two variables: with a random key in front that is
  // gone after a day, and less than half of the result shown, all that is asked of it is to mix.
  return `${crypto.createHash('md5').update(who).digest('base64url').slice(0, 10)}A`;
}
