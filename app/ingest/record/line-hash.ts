// What an imported line is known by, so that it is counted once though two logs hold it: 64 bits of what it says of the
// request. The client address is in it with eight bits alone: enough to tell nearly all clients apart that ask for one
// thing in one second, and far too few to find an address by.

import type { Entry } from './record.ts';

/** 64 bits as two halves, in place: an object for each line would be garbage. */
class Hash {
  hi = 0;
  lo = 0;

  protected start(tag: number): void {
    this.hi = 0x9e3779b9 ^ tag;
    this.lo = 0x85ebca6b ^ tag;
  }

  protected word(word: number): void {
    this.hi = Math.imul(this.hi ^ word, 0x9e3779b1);
    this.lo = Math.imul(this.lo ^ word, 0x5f356495) ^ (this.hi >>> 15);
  }

  protected end(): void {
    this.hi = mixed(this.hi ^ (this.lo >>> 16));
    this.lo = mixed(this.lo ^ this.hi);
  }
}

/** The hash of one text, which is kept where the text comes again and again. */
export class TextHash extends Hash {
  of(text: string): this {
    // With its length, so that no text runs into the next.
    this.start(text.length);
    for (let index = 0; index < text.length; index += 1) this.word(text.charCodeAt(index));
    this.end();
    return this;
  }

  /** The same of ASCII bytes. */
  ofBytes(bytes: Uint8Array, start: number, end: number): this {
    this.start(end - start);
    for (let index = start; index < end; index += 1) this.word(bytes[index] as number);
    this.end();
    return this;
  }
}

/** What all requests say; of a record its id alone is hashed. */
type Numbers = { readonly at: number; readonly sent: number; readonly from: number };
type Halves = { readonly hi: number; readonly lo: number };

export class LineHash extends Hash {
  readonly #text = new TextHash();

  /** Hashes a request. Two lines of the same request give the same, whatever format they have. */
  of(entry: Entry, clientTag: number): this {
    // A record has an id, and nothing else is needed.
    if (entry.id !== '') return this.ofId(this.#text.of(entry.id), clientTag);
    this.begin(entry, clientTag);
    for (const text of [entry.host, entry.path, entry.agent, entry.referrer]) this.add(this.#text.of(text));
    return this.finish();
  }

  ofId(id: Halves, clientTag: number): this {
    this.start(clientTag);
    this.add(id);
    return this.finish();
  }

  /** For those who know the hashes of the texts: `begin`, `add` host, path, user agent and referrer, `finish`. */
  begin({ at, sent, from }: Numbers, clientTag: number): void {
    this.start(clientTag);
    this.#number(at);
    this.#number(sent);
    this.#number(from);
  }

  add({ hi, lo }: Halves): void {
    this.word(hi);
    this.word(lo);
  }

  finish(): this {
    this.end();
    return this;
  }

  #number(number: number): void {
    this.word(number | 0);
    this.word(Math.floor(number / 2 ** 32) | 0);
  }
}

function mixed(word: number): number {
  let bits = word;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
