// What an imported line is known by, so that it is counted once though two logs hold it: 64 bits of what it says of the
// request. The client address is in it with eight bits alone: enough to tell nearly all clients apart that ask for one
// thing in one second, and far too few to find an address by.

import { addressBinding } from '../../../njs/link/address.ts';
import type { Entry } from '../record/record.ts';

/** The hash last made, as two halves: an object for each line would be garbage. */
export class LineHash {
  hi = 0;
  lo = 0;

  /** Hashes a request. Two lines of the same request give the same, whatever format they have. */
  of(entry: Entry, clientTag: number): void {
    this.hi = 0x9e3779b9 ^ clientTag;
    this.lo = 0x85ebca6b ^ clientTag;
    // A record has an id, and nothing else is needed.
    if (entry.id !== '') this.#text(entry.id);
    else {
      this.#number(entry.at);
      this.#number(entry.sent);
      this.#number(entry.from);
      this.#text(entry.host);
      this.#text(entry.path);
      this.#text(entry.agent);
      this.#text(entry.referrer);
    }
    this.hi = mixed(this.hi ^ (this.lo >>> 16));
    this.lo = mixed(this.lo ^ this.hi);
  }

  #text(text: string): void {
    // With its length, so that no text runs into the next.
    this.#word(text.length);
    for (let index = 0; index < text.length; index += 1) this.#word(text.charCodeAt(index));
  }

  #number(number: number): void {
    this.#word(number | 0);
    this.#word(Math.floor(number / 2 ** 32) | 0);
  }

  #word(word: number): void {
    this.hi = Math.imul(this.hi ^ word, 0x9e3779b1);
    this.lo = Math.imul(this.lo ^ word, 0x5f356495) ^ (this.hi >>> 15);
  }
}

function mixed(word: number): number {
  let bits = word;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

/** Eight bits of a hash of a client address or host name. */
export function clientTagOf(client: string): number {
  const text = addressBinding(client.toLowerCase()) || client.toLowerCase();
  let bits = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    bits = Math.imul(bits ^ text.charCodeAt(index), 0x01000193);
  return mixed(bits) & 0xff;
}
