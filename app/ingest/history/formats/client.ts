// Who asked: the client's address of a line, and the visitor it becomes.

import { createHmac } from 'node:crypto';
import { isIP } from 'node:net';
import { addressBinding } from '../../../../njs/link/address.ts';
import { addressesIn, clientBehind, normalAddress } from '../../../client-address.ts';
import { bareAddress } from './host-name.ts';

/**
 * Whose address counts where a log has X-Forwarded-For: `auto` believes it from proxies that are trusted or in a private
 * network, `x-forwarded-for` from everyone, `peer` from nobody.
 */
export type ClientFrom = 'auto' | 'peer' | 'x-forwarded-for';

/** Networks that no visitor of the internet comes from. */
export const privateNetworks = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
].concat(['::1', 'fc00::/7', 'fe80::/10']);

export type ClientOf = (peer: string | undefined, forwarded: string | undefined) => string;

/**
 * Makes the function that tells a line's client from its peer and its X-Forwarded-For. It may be a host name, where
 * the server looked names up; '' where the line has none.
 * @throws UserError for an entry of `trustedProxies` that is neither an address nor a range
 */
export function clientOf(from: ClientFrom, trustedProxies: readonly string[]): ClientOf {
  const listed = addressesIn([...privateNetworks, ...trustedProxies], '--trusted-proxy');
  return (peer = '', forwarded) => {
    const address = plainAddress(peer);
    if (forwarded === undefined || forwarded === '-' || forwarded === '' || from === 'peer') return address;
    const hops = forwarded.split(',').map(hopAddress);
    // Where everyone is believed, and where the log has no peer, the last entry is the first that can be wrong.
    const begin =
      from === 'x-forwarded-for' || address === ''
        ? (hops.findLast((hop) => isIP(hop) !== 0) ?? address)
        : address;
    return clientBehind(begin, hops, listed);
  };
}

/** An entry of X-Forwarded-For, or of Forwarded (RFC 7239): for="[2001:db8::1]:80";proto=https. */
function hopAddress(hop: string): string {
  const text = hop.trim();
  return plainAddress((/(?:^|;)\s*for=([^;]+)/i.exec(text)?.[1] ?? text).replaceAll('"', ''));
}

function plainAddress(text: string): string {
  if (text === '-' || text === 'unix:') return '';
  return normalAddress(bareAddress(text)).toLowerCase();
}

/** An address with its port behind it. IPv6 may have no brackets: 2001:db8::1:55008. */
export function addressOfSocket(text: string): string {
  if (isIP(bareAddress(text)) === 4 || text.startsWith('[')) return bareAddress(text);
  const port = text.lastIndexOf(':');
  return port < 0 ? text : text.slice(0, port);
}

const dayLength = 86_400_000;
/** So many visitors are remembered, of one day. */
const mostVisitors = 100_000;

/** Hashes visitors as a live request's address is (njs/visitor.ts), with a key of its own for each day. */
export class VisitorHash {
  readonly #salt: Uint8Array;
  #day = Number.NaN;
  #key: Uint8Array = new Uint8Array(0);
  readonly #known = new Map<string, string>();

  /** @param salt the key that addresses are hashed with (import-salt.ts) */
  constructor(salt: Uint8Array) {
    this.#salt = salt;
  }

  /** @param at milliseconds since 1970 */
  of(address: string, userAgent: string, at: number): string {
    const day = Math.floor(at / dayLength);
    if (day !== this.#day || this.#known.size >= mostVisitors) this.#begin(day);
    const named = `${address}\n${userAgent}`;
    let visitor = this.#known.get(named);
    if (visitor === undefined) {
      const hash = createHmac('sha256', this.#key)
        .update(`${bound(address)}\n${userAgent}`)
        .digest();
      visitor = hash.toString('base64url', 0, 8);
      this.#known.set(named, visitor);
    }
    return visitor;
  }

  #begin(day: number): void {
    this.#known.clear();
    if (day === this.#day) return;
    this.#day = day;
    this.#key = createHmac('sha256', this.#salt).update(`tallygate-import-v1\n${day}\n`).digest();
  }
}

/** On a link of its own every host has the same /64: there the whole address is the visitor. */
function bound(address: string): string {
  if (isIP(address) === 0) return address;
  return /^fe[89ab]/.test(address) ? address.replace(/%.*$/, '') : addressBinding(address);
}
