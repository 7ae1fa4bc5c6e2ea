// Requests of one batch folded into transfers: sums, unions and minima, none of which depends on the order
// of lines. Columns of numbers instead of an object a transfer: a batch holds a hundred thousand.

import { compareIds } from './identity.ts';
import type { Names } from './names.ts';
import { addRange, type Ranges } from './ranges.ts';
import type { Entry } from './record.ts';
import { visitorHalves } from './visitor.ts';

export const dayLength = 86_400_000;

/** Requests signed with one key on one day at one edge. */
export type KeyUse = { key: number; edge: number; day: number; requests: number; lastAt: number };

export class Fold {
  readonly names: Names;
  readonly capacity: number;
  size = 0;
  requests = 0;
  /** How many names had been met when the fold was sealed: what storing it must make sure of. */
  versionsMet = 0;
  originsMet = 0;

  // One column each, by transfer. The visitor's halves are signed; times in milliseconds.
  readonly visitorHi: Int32Array;
  readonly visitorLo: Int32Array;
  readonly version: Int32Array;
  readonly token: Int32Array;
  readonly day: Int32Array;
  readonly origin: Int32Array;
  readonly count: Int32Array;
  readonly sent: Float64Array;
  readonly firstAt: Float64Array;
  readonly lastAt: Float64Array;
  /** The bytes [0, front) were sent. */
  readonly front: Float64Array;
  /** Ranges beyond the front, for the few transfers that have any. */
  readonly beyond = new Map<number, Ranges>();
  readonly keyUses = new Map<number, KeyUse>();

  // Open addressing over 2^n slots, at most half full; a slot holds a transfer's index + 1.
  readonly #slots: Int32Array;
  #lastUse: KeyUse | undefined;

  constructor(names: Names, capacity: number) {
    this.names = names;
    this.capacity = capacity;
    const int = () => new Int32Array(capacity);
    const float = () => new Float64Array(capacity);
    [this.visitorHi, this.visitorLo, this.version, this.token] = [int(), int(), int(), int()];
    [this.day, this.origin, this.count] = [int(), int(), int()];
    [this.sent, this.firstAt, this.lastAt, this.front] = [float(), float(), float(), float()];
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(capacity * 2)));
  }

  get full(): boolean {
    return this.size >= this.capacity;
  }

  /** Ends the batch: names met later are not its own. */
  seal(): void {
    this.versionsMet = this.names.versions.length;
    this.originsMet = this.names.origins.length;
  }

  addEntry(entry: Entry): void {
    const { names } = this;
    const [hi, lo] = visitorHalves(entry.visitor);
    const version = names.version(entry.host, entry.path, entry.etag, entry.size);
    const origin = names.origin(entry.edge, entry.agent, entry.referrer, entry.country);
    this.use(names.key(entry.key), names.edge(entry.edge), entry.at);
    this.add(hi, lo, version, names.token(entry.token), origin, entry.at, entry.from, entry.sent);
  }

  /** Counts a request; `version`, `token` and `origin` are numbers of `names`. */
  add(
    hi: number,
    lo: number,
    version: number,
    token: number,
    origin: number,
    at: number,
    from: number,
    sent: number,
  ): void {
    const day = Math.floor(at / dayLength);
    const index = this.#find(hi, lo, version, token, day);
    this.requests += 1;
    if (this.count[index] === 0) {
      this.firstAt[index] = at;
      this.lastAt[index] = at;
      this.origin[index] = origin;
    } else {
      const first = this.firstAt[index] as number;
      if (at < first || (at === first && this.#precedes(origin, this.origin[index] as number))) {
        this.firstAt[index] = at;
        this.origin[index] = origin;
      }
      if (at > (this.lastAt[index] as number)) this.lastAt[index] = at;
    }
    this.count[index] = (this.count[index] as number) + 1;
    this.sent[index] = (this.sent[index] as number) + sent;
    if (sent > 0 && from >= 0) this.#cover(index, from, from + sent, version);
  }

  /** Notes the use of a key, for the report that says when one is safe to retire. */
  use(key: number, edge: number, at: number): void {
    const day = Math.floor(at / dayLength);
    let use = this.#lastUse;
    if (use === undefined || use.key !== key || use.edge !== edge || use.day !== day) {
      const id = (day * 4096 + (edge % 4096)) * 65_536 + key;
      use = this.keyUses.get(id);
      if (use === undefined) {
        use = { key, edge, day, requests: 0, lastAt: at };
        this.keyUses.set(id, use);
      }
      this.#lastUse = use;
    }
    use.requests += 1;
    if (at > use.lastAt) use.lastAt = at;
  }

  #find(hi: number, lo: number, version: number, token: number, day: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let hash = Math.imul(hi ^ Math.imul(version + 1, 0x9e3779b1), 0x85ebca6b) ^ lo;
    hash = Math.imul(hash ^ (hash >>> 15) ^ Math.imul(token + day, 0xc2b2ae35), 0x27d4eb2f);
    for (let slot = (hash ^ (hash >>> 13)) & mask; ; slot = (slot + 1) & mask) {
      const index = (slots[slot] as number) - 1;
      if (index < 0) {
        const added = this.size++;
        slots[slot] = added + 1;
        this.visitorHi[added] = hi;
        this.visitorLo[added] = lo;
        this.version[added] = version;
        this.token[added] = token;
        this.day[added] = day;
        return added;
      }
      if (
        this.visitorLo[index] === lo &&
        this.visitorHi[index] === hi &&
        this.version[index] === version &&
        this.token[index] === token &&
        this.day[index] === day
      ) {
        return index;
      }
    }
  }

  /** Requests that end in the same millisecond: the origin with the smaller id is the transfer's. */
  #precedes(origin: number, other: number): boolean {
    if (origin === other) return false;
    const { origins } = this.names;
    const [a, b] = [origins[origin], origins[other]];
    return a !== undefined && b !== undefined && compareIds(a.id, b.id) < 0;
  }

  #cover(index: number, from: number, end: number, version: number): void {
    const size = this.names.versions[version]?.size ?? 0;
    const to = size > 0 && end > size ? size : end;
    if (to <= from) return;
    const front = this.front[index] as number;
    const ranges = this.beyond.get(index);
    if (from <= front) {
      if (to > front) this.front[index] = to;
      if (ranges) this.#absorb(index, ranges);
    } else if (ranges) {
      addRange(ranges, from, to);
    } else {
      this.beyond.set(index, [from, to]);
    }
  }

  /** Takes into the front what it has reached. */
  #absorb(index: number, ranges: Ranges): void {
    let front = this.front[index] as number;
    while (ranges.length > 0 && (ranges[0] as number) <= front) {
      front = Math.max(front, ranges[1] as number);
      ranges.splice(0, 2);
    }
    this.front[index] = front;
    if (ranges.length === 0) this.beyond.delete(index);
  }

  /** The transfers' numbers in the order of their keys, in which every agent locks rows: no deadlocks. */
  sorted(): Int32Array {
    const order = Int32Array.from({ length: this.size }, (_, index) => index);
    const { visitorHi, visitorLo, version, token, day } = this;
    const { versions, tokens } = this.names;
    const at = (column: Int32Array, index: number) => column[index] as number;
    return order.sort(
      (a, b) =>
        at(visitorHi, a) - at(visitorHi, b) ||
        (at(visitorLo, a) >>> 0) - (at(visitorLo, b) >>> 0) ||
        compareIds(versions[at(version, a)]?.id ?? zero, versions[at(version, b)]?.id ?? zero) ||
        compareText(tokens[at(token, a)] ?? '', tokens[at(token, b)] ?? '') ||
        at(day, a) - at(day, b),
    );
  }
}

const zero = { hi: 0, lo: 0 };

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
