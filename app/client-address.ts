// Client addresses: the form that NGINX writes them in, and who is behind a proxy. Anyone can write X-Forwarded-For, so we read
// it from the right, and believe an entry only if a trusted proxy added it.

import { BlockList, isIP } from 'node:net';
import { UserError } from './user-error.ts';

/** A valid IPv4 or IPv6 address, compressed and in lower case as NGINX writes $remote_addr; an IPv4-mapped one as plain IPv4. */
export function normalClientAddress(address: string): string {
  if (isIP(address) !== 6 || address.includes('%')) return address;
  const text = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(text);
  if (!mapped) return text;
  const [high, low] = [Number.parseInt(mapped[1] as string, 16), Number.parseInt(mapped[2] as string, 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/**
 * Whether an address is one of these addresses and ranges (10.0.0.0/8).
 * @param setting where they were given, for the error
 * @throws UserError for an entry that is neither an address nor a range
 */
export function addressesIn(entries: readonly string[], setting: string): (address: string) => boolean {
  const list = new BlockList();
  for (const entry of entries) addRange(list, entry, setting);
  return (address) => isIP(address) !== 0 && list.check(address, family(address));
}

/**
 * Who asked: the nearest hop that is no trusted proxy.
 * @param peer the address that connected
 * @param forwarded the entries of X-Forwarded-For, the nearest last
 */
export function clientBehind(
  peer: string,
  forwarded: readonly string[],
  isTrusted: (address: string) => boolean,
): string {
  let address = peer;
  for (let i = forwarded.length - 1; i >= 0 && isTrusted(address); i -= 1) {
    const hop = forwarded[i] as string;
    if (isIP(hop) === 0) break;
    address = normalClientAddress(hop);
  }
  return address;
}

function addRange(list: BlockList, entry: string, setting: string): void {
  const [address = '', bits] = entry.split('/');
  const longest = isIP(address) === 6 ? 128 : 32;
  const prefix = bits === undefined ? longest : Number(bits);
  if (isIP(address) === 0 || !Number.isInteger(prefix) || prefix < 0 || prefix > longest) {
    throw new UserError(
      `${setting} has "${entry}", which is neither an IP address nor a range`,
      'Use entries such as 10.0.0.7 or 10.0.0.0/8.',
    );
  }
  list.addSubnet(address, prefix, family(address));
}

const family = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
