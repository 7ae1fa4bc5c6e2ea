// The client address of a request.

import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { addressesIn, clientBehind, normalClientAddress } from '../../client-address.ts';

/**
 * Makes the function that returns the client address of a request; '' where there is no socket.
 * @throws UserError for an entry of `trustedProxies` that is neither an IP address nor a range
 */
export function clientAddress(trustedProxies: readonly string[]): (c: Context) => string {
  const isTrusted = addressesIn(trustedProxies, '[service] trusted_proxies');
  return (c) => {
    const peer = normalClientAddress(incomingOf(c)?.socket.remoteAddress ?? '');
    const hops = (c.req.header('x-forwarded-for') ?? '').split(',').map((hop) => hop.trim());
    return clientBehind(peer, hops, isTrusted);
  };
}

/** Node's request, where there is a socket. */
export function incomingOf(c: Context) {
  return (c.env as Partial<HttpBindings> | undefined)?.incoming;
}
