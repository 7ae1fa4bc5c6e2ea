// A client's address in the form NGINX writes in $remote_addr, which is what a bound link is signed for.

import { isIP } from 'node:net';

/** A valid IPv4 or IPv6 address, compressed and in lower case; an IPv4-mapped one as plain IPv4. */
export function normalClientAddress(address: string): string {
  if (isIP(address) !== 6) return address;
  const text = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(text);
  if (!mapped) return text;
  const [high, low] = [Number.parseInt(mapped[1] as string, 16), Number.parseInt(mapped[2] as string, 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
