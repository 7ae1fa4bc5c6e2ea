// The client address of a request. Anyone can write X-Forwarded-For, so we read it from the right, and believe an
// entry only if one of the configured proxies added it.

import { BlockList, isIP } from 'node:net';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { UserError } from '../../user-error.ts';
import { normalClientAddress } from '../links/normal-client-address.ts';

/**
 * Makes the function that returns the client address of a request; '' where there is no socket.
 * @throws UserError for an entry of `trustedProxies` that is neither an IP address nor a range
 */
export function clientAddress(trustedProxies: readonly string[]): (c: Context) => string {
  const trusted = new BlockList();
  for (const entry of trustedProxies) addRange(trusted, entry);
  const isTrusted = (address: string) => isIP(address) !== 0 && trusted.check(address, family(address));

  return (c) => {
    let client = normalClientAddress(incomingOf(c)?.socket.remoteAddress ?? '');
    const hops = (c.req.header('x-forwarded-for') ?? '').split(',').map((hop) => hop.trim());
    while (isTrusted(client) && hops.length > 0) {
      const hop = hops.pop() as string;
      if (isIP(hop) === 0) break;
      client = normalClientAddress(hop);
    }
    return client;
  };
}

/** Node's request, where there is a socket. */
export function incomingOf(c: Context) {
  return (c.env as Partial<HttpBindings> | undefined)?.incoming;
}

function addRange(list: BlockList, entry: string): void {
  const [address = '', bits] = entry.split('/');
  const longest = isIP(address) === 6 ? 128 : 32;
  const prefix = bits === undefined ? longest : Number(bits);
  if (isIP(address) === 0 || !Number.isInteger(prefix) || prefix < 0 || prefix > longest) {
    throw new UserError(
      `[service] trusted_proxies has "${entry}", which is neither an IP address nor a range`,
      'Use entries such as 10.0.0.7 or 10.0.0.0/8.',
    );
  }
  list.addSubnet(address, prefix, family(address));
}

const family = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
