// A client's address as people write it, put as NGINX's $remote_addr has it.

import { isIP } from 'node:net';
import { addressBinding } from '../../njs/link/address.ts';

/** The form that a link is bound to (njs/link/address.ts), or undefined for what is no address. */
export function boundAddress(text: string): string | undefined {
  if (isIP(text) === 4) return text;
  if (isIP(text) !== 6 || text.includes('%')) return undefined;
  const canonical = new URL(`http://[${text}]`).hostname.slice(1, -1);
  // IPv4-mapped: NGINX and we take it for the IPv4 address it is.
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical);
  if (!mapped) return addressBinding(canonical);
  const [high, low] = [mapped[1], mapped[2]].map((group) => Number.parseInt(group ?? '', 16)) as [
    number,
    number,
  ];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
