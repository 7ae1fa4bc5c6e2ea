// The visitor (visitor.ts) of a client with an IPv6 address. There the network is hashed, which NGINX cannot put
// together.

import { crypto } from '../crypto.ts';
import { addressBinding } from '../link/address.ts';

/** Characters of a salt in the salt file (app/salts/file.ts). */
const saltLength = 22;

/**
 * As visitor().
 * @param who today's salt and what NGINX puts after it; empty if there is no salt
 */
export function visitorOfNetwork(v: NginxVariables, who: Buffer): string {
  const salt = who.toString().slice(0, saltLength);
  if (salt === '') return '';
  const client = `${addressBinding(v.remote_addr || '')} ${v.http_user_agent || ''}`;
  return crypto.createHash('sha256').update(`${salt}${client}`).digest('base64url').slice(32);
}
