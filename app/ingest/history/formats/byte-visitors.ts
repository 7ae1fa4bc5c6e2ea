// Who asked, known again by the bytes of the client address; one whose bytes are new is hashed (client.ts).

import { ByteNames } from '../../record/byte-names.ts';
import { dayOf } from '../../record/day.ts';
import { visitorHalves } from '../../record/visitor.ts';
import type { ByteLayout } from './byte-layout.ts';
import type { VisitorHash } from './client.ts';
import { fits } from './fits.ts';

/** The visitors of one client address: one for each user agent. */
type Visitor = { agent: number; hi: number; lo: number; tag: number; next: Visitor | undefined };

/** So many are remembered, of one day. */
const mostKnown = 32_000;
/** Behind so many user agents of one client it is faster to hash again than to look. */
const mostAgents = 50;

export class ByteVisitors {
  /** The visitor last asked for, and its client's tag (clientTagOf). */
  hi = 0;
  lo = 0;
  tag = 0;
  readonly #strict: boolean;
  readonly #hash: VisitorHash;
  readonly #isSocket: boolean;
  readonly #peer: number;
  /** -1: the layout names no proxies. */
  readonly #forwarded: number;
  #day = Number.NaN;
  #clients = new ByteNames();
  #visitors: Visitor[] = [];
  #count = 0;

  constructor({ place, steps }: ByteLayout, strict: boolean, hash: VisitorHash) {
    this.#strict = strict;
    this.#hash = hash;
    this.#isSocket = place('socket') < steps.length;
    this.#peer = place(this.#isSocket ? 'socket' : 'address');
    this.#forwarded = place('forwarded') < steps.length ? place('forwarded') : -1;
  }

  /**
   * @param agent the number of the user agent, which is `text`
   * @param at milliseconds since 1970
   * @returns false where the client address does not look as one
   */
  find(
    buffer: Buffer,
    view: DataView,
    starts: Int32Array,
    ends: Int32Array,
    agent: number,
    text: string,
    at: number,
  ): boolean {
    const day = dayOf(at);
    if (day !== this.#day || this.#count >= mostKnown) {
      this.clear();
      this.#day = day;
    }
    const [start, end] = [starts[this.#peer] as number, ends[this.#peer] as number];
    if (this.#forwarded >= 0) {
      const forwarded = buffer.toString('latin1', starts[this.#forwarded], ends[this.#forwarded]);
      const peer = buffer.toString('latin1', start, end);
      if (!this.#fits(peer, start < end) || !fits('forwarded', forwarded, this.#strict)) return false;
      return this.#found(this.#hash.of(peer, forwarded, this.#isSocket, text, at));
    }
    const entry = this.#clients.find(view, start, end);
    const first = this.#visitors[entry];
    for (let one = first, depth = 0; one !== undefined && depth < mostAgents; one = one.next, depth += 1)
      if (one.agent === agent) {
        ({ hi: this.hi, lo: this.lo, tag: this.tag } = one);
        return true;
      }
    const peer = buffer.toString('latin1', start, end);
    if (!this.#fits(peer, true)) return false;
    this.#found(this.#hash.hash(peer, undefined, this.#isSocket, text, at));
    const { hi, lo, tag } = this;
    this.#visitors[entry < 0 ? this.#clients.add(view, start, end, 0) : entry] = {
      agent,
      hi,
      lo,
      tag,
      next: first,
    };
    this.#count += 1;
    return true;
  }

  /** Whether a client address looks as one. Where only proxies are named there is none. */
  #fits(peer: string, isThere: boolean): boolean {
    return !isThere || fits(this.#isSocket ? 'socket' : 'address', peer, this.#strict);
  }

  #found(visitor: string): true {
    [this.hi, this.lo] = visitorHalves(visitor);
    this.tag = this.#hash.clientTag;
    return true;
  }

  clear(): void {
    this.#clients = new ByteNames();
    this.#visitors = [];
    this.#count = 0;
  }
}
