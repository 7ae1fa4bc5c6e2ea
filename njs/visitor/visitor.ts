// The visitor: a keyed hash of address and user agent. It names who fetched a file, for one UTC day and no longer.

import { crypto } from '../crypto.ts';

/**
 * The visitor, 11 characters of base64url (64 bits). Empty if there is no salt for today: http.conf then takes a random
 * one, so the record is kept and nobody is recognised.
 *
 * As in gate(), little is read, and as bytes: making text of it would cost more than the hash.
 */
export function visitor(r: NginxHTTPRequest): string {
  const v = r.variables;
  const dayInSeconds = 86400;
  // NGINX cannot tell the UTC day by itself ($time_iso8601 is local), so njs tells it. The salt file maps the day to
  // what is hashed: the day's salt, then address and user agent. Set as a number: a template takes twice as long to
  // make text of it.
  v.tallygate_day = (((v.msec as unknown as number) / dayInSeconds) | 0) as unknown as string;
  const who = r.rawVariables.tallygate_who as Buffer;
  // Now $tallygate_who is empty again. It held the salt, which nobody may have printed later (SSI).
  v.tallygate_day = '';
  // An IPv4 address has its first dot here, after a salt of 22 characters (app/salts/file.ts). Most begin with three
  // digits.
  const dot = 46;
  if (who[25] !== dot && who[24] !== dot && who[23] !== dot) return loadRare().visitorOfNetwork(v, who);
  // Not an HMAC, for which njs takes half as long again. It is as safe here: the key in front has a fixed length, and
  // most of the hash is withheld, so nobody can extend it. The last 64 bits are the visitor.
  return crypto.createHash('sha256').update(who).digest('base64url').slice(32);
}
