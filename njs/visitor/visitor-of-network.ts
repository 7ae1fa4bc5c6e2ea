// The visitor (visitor.ts) of a client whose address NGINX cannot put into what is hashed: for IPv6 it is the network.

import { crypto } from '../crypto.ts';
import { addressBinding } from '../link/address.ts';

/** Characters of a salt, as the salt file has them (app/salts/file.ts). */
const saltLength = 22;

/**
 * As visitor().
 * @param who today's salt and what NGINX puts behind it; empty when there is none
 */
export function visitorOfNetwork(v: NginxVariables, who: Buffer): string {
  const salt = who.toString().slice(0, saltLength);
  if (salt === '') return '';
  const client = `${addressBinding(v.remote_addr || '')} ${v.http_user_agent || ''}`;
  return crypto.createHash('sha256').update(`${salt}${client}`).digest('base64url').slice(32);
}
