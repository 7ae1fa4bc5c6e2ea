// Who asked: the client's address of a line, and the visitor it becomes.

import { createHmac } from 'node:crypto';
import { isIP } from 'node:net';
import { addressBinding } from '../../../../njs/link/address.ts';
import { addressesIn, clientBehind, normalClientAddress } from '../../../client-address.ts';
import { dayOf } from '../../record/day.ts';
import { bareAddress } from './host-name.ts';
import { copied } from './text.ts';

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
  return normalClientAddress(bareAddress(text)).toLowerCase();
}

/** An address with its port behind it. IPv6 may have no brackets: 2001:db8::1:55008. */
export function addressOfSocket(text: string): string {
  if (isIP(bareAddress(text)) === 4 || text.startsWith('[')) return bareAddress(text);
  const port = text.lastIndexOf(':');
  return port < 0 ? text : text.slice(0, port);
}

/** Eight bits of a hash of a client address or host name, for what a line is known by (record/line-hash.ts). */
export function clientTagOf(client: string): number {
  const text = addressBinding(client.toLowerCase()) || client.toLowerCase();
  let bits = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    bits = Math.imul(bits ^ text.charCodeAt(index), 0x01000193);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) & 0xff;
}

/** So many visitors are remembered, of one day. */
const mostKnown = 32_000;
/** Behind so many user agents of one client it is faster to hash again than to look. */
const mostAgents = 50;

/** A client as a log spells it, with the visitors it is: one for each user agent. */
type Known = { agent: string; visitor: string; tag: number; next: Known | undefined };

/** Hashes visitors as a live request's address is (njs/visitor.ts), with a key of its own for each day. */
export class VisitorHash {
  readonly #salt: Uint8Array;
  readonly #clientOf: ClientOf;
  /** Of the client last asked for (clientTagOf). */
  clientTag = 0;
  #day = Number.NaN;
  #key: Uint8Array = new Uint8Array(0);
  /** By who asked alone: a text with the user agent would have to be made anew for each line. */
  readonly #known = new Map<string, Known>();
  #count = 0;

  /** @param salt the key that addresses are hashed with (import-salt.ts) */
  constructor(salt: Uint8Array, client: ClientOf) {
    this.#salt = salt;
    this.#clientOf = client;
  }

  /**
   * @param peer as the line has it; with a port behind it where `isSocket`
   * @param at milliseconds since 1970
   */
  of(peer: string, forwarded: string | undefined, isSocket: boolean, agent: string, at: number): string {
    this.#begin(dayOf(at), this.#count >= mostKnown);
    const named = forwarded === undefined ? peer : `${peer} ${forwarded}`;
    const first = this.#known.get(named);
    for (let one = first, depth = 0; one !== undefined && depth < mostAgents; one = one.next, depth += 1)
      if (one.agent === agent) {
        this.clientTag = one.tag;
        return one.visitor;
      }
    const visitor = this.hash(peer, forwarded, isSocket, agent, at);
    this.#known.set(copied(named), { agent, visitor, tag: this.clientTag, next: first });
    this.#count += 1;
    return visitor;
  }

  /** The same for those who remember themselves which visitors they have met. */
  hash(peer: string, forwarded: string | undefined, isSocket: boolean, agent: string, at: number): string {
    this.#begin(dayOf(at));
    const address = this.#clientOf(isSocket ? addressOfSocket(peer) : peer, forwarded);
    const hash = createHmac('sha256', this.#key)
      .update(`${bound(address)}\n${agent}`)
      .digest('base64url');
    this.clientTag = clientTagOf(address);
    return hash.slice(0, 10) + spareBits.charAt(spareBits.indexOf(hash.charAt(10)) & ~3);
  }

  /** @param afresh whether visitors of the same day are to be forgotten, too */
  #begin(day: number, afresh = false): void {
    if (day === this.#day && !afresh) return;
    this.#known.clear();
    this.#count = 0;
    if (day === this.#day) return;
    this.#day = day;
    this.#key = createHmac('sha256', this.#salt).update(`tallygate-import-v1\n${day}\n`).digest();
  }
}

/** Of the eleventh character four bits belong to a visitor's 64, two are zero. */
const spareBits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** On a link of its own every host has the same /64: there the whole address is the visitor. */
function bound(address: string): string {
  if (isIP(address) === 0) return address;
  return /^fe[89ab]/.test(address) ? address.replace(/%.*$/, '') : addressBinding(address);
}
