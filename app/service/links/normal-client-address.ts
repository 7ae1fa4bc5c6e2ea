// A client address as NGINX writes it in $remote_addr. That is the form a bound link is signed for.

import { isIP } from 'node:net';

/** Takes a valid IPv4 or IPv6 address. Returns IPv6 compressed and in lower case, and IPv4-mapped IPv6 as plain IPv4. */
export function normalClientAddress(address: string): string {
  if (isIP(address) !== 6) return address;
  const text = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(text);
  if (!mapped) return text;
  const [high, low] = [Number.parseInt(mapped[1] as string, 16), Number.parseInt(mapped[2] as string, 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
