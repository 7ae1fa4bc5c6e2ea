// Who fetched a file, for one UTC day and no longer: a keyed hash of address and user agent.

import crypto from 'crypto';
import { addressBinding } from './link/address.ts';

const dayInMs = 86400000;

/**
 * The visitor, 11 characters of base64url (64 bits); '' when there is no salt for today: http.conf then puts a
 * random one in its place, so the record is kept and nobody is recognised.
 */
export function visitorOf(variables: NginxVariables, address: string, agent: string): string {
  // NGINX cannot tell the UTC day ($time_iso8601 is local): we name it, and its map hands out the day's salt.
  variables.tallygate_day = `${Math.floor(Date.now() / dayInMs)}`;
  const salt = variables.tallygate_salt;
  if (!salt) return '';
  const hash = crypto
    .createHmac('sha256', salt)
    .update(`${addressBinding(address)}\n${agent}`)
    .digest('base64url');
  // 10 characters and the upper 4 bits of the 11th are 64 bits: the spare two are zeroed.
  return hash.slice(0, 10) + 'AEIMQUYcgkosw048'.charAt(lastFourBits(hash.charCodeAt(10)));
}

/** The upper four of the six bits that a character of base64url stands for. */
function lastFourBits(c: number): number {
  if (c >= 97) return (c - 71) >> 2;
  if (c >= 65) return c === 95 ? 15 : (c - 65) >> 2;
  return c === 45 ? 15 : (c + 4) >> 2;
}
