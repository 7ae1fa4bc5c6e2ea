// Who fetched a file, for one UTC day and no longer: a keyed hash of address and user agent.

import { crypto } from '../crypto.ts';

/**
 * The visitor, 11 characters of base64url (64 bits); '' when there is no salt for today: http.conf then puts a
 * random one in its place, so the record is kept and nobody is recognised.
 *
 * As in gate(), little is read and that as bytes, because making text of it costs more than the hash.
 */
export function visitor(r: NginxHTTPRequest): string {
  const v = r.variables;
  const dayInSeconds = 86400;
  // NGINX cannot tell the UTC day by itself ($time_iso8601 is local): it maps the one it is told to the day's salt
  // with address and user agent behind it. A number: a template takes twice as long to make text of one.
  v.tallygate_day = (((v.msec as unknown as number) / dayInSeconds) | 0) as unknown as string;
  const who = r.rawVariables.tallygate_who as Buffer;
  // It holds the salt: nobody may have it printed later (SSI).
  v.tallygate_day = '';
  // The first dot of an IPv4 address, behind a salt of 22 characters (app/salts/file.ts). Most begin with three digits.
  const dot = 46;
  if (who[25] !== dot && who[24] !== dot && who[23] !== dot) return loadRare().visitorOfNetwork(v, who);
  // Not an HMAC, which njs takes half as long again for: a key of fixed length in front, and most of the result
  // withheld, leave nothing to extend. What is left are the last 64 bits.
  return crypto.createHash('sha256').update(who).digest('base64url').slice(32);
}
