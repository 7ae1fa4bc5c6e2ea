// Turns a client's address, as people write it, into the form of NGINX's $remote_addr.

import { isIP } from 'node:net';
import { addressBinding } from '../../njs/link/address.ts';

/** The form that a link is bound to (njs/link/address.ts). Undefined if it is no address. */
export function boundAddress(text: string): string | undefined {
  if (isIP(text) === 4) return text;
  if (isIP(text) !== 6 || text.includes('%')) return undefined;
  const canonical = new URL(`http://[${text}]`).hostname.slice(1, -1);
  // An IPv4 address in IPv6 form. NGINX and we use the IPv4 address.
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical);
  if (!mapped) return addressBinding(canonical);
  const [high, low] = [mapped[1], mapped[2]].map((group) => Number.parseInt(group ?? '', 16)) as [
    number,
    number,
  ];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
