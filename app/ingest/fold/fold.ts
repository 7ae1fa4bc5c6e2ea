// Folds the requests of one batch into transfers: sums, unions and minima, which do not depend on the order of lines. A
// batch holds a hundred thousand transfers, so they are columns of numbers and not objects.

import { dayLength, dayOf } from '../record/day.ts';
import { compareIds } from '../record/ids.ts';
import type { Names } from '../record/names.ts';
import type { Entry } from '../record/record.ts';
import { RequestNumbers } from '../record/request.ts';
import { visitorHalves } from '../record/visitor.ts';
import { enlarged } from './columns.ts';
import { KeyUses } from './key-uses.ts';
import { addRange, type Ranges } from './ranges.ts';
import { TallyColumns } from './tally-columns.ts';

/** Longer times (milliseconds) are cut to this: an invented number must not lead to a time that PostgreSQL cannot hold. */
const longestRequest = 30 * dayLength;

/** The days of a batch lie within so many: it locks the partitions of all days between its first and its last. */
const mostDays = 100;

/** `sorted` packs an index into 17 bits. */
const maxCapacity = 2 ** 17;

export class Fold {
  readonly names: Names;
  #capacity: number;
  size = 0;
  requests = 0;
  /** The first and the last day in it. */
  firstDay = Number.POSITIVE_INFINITY;
  lastDay = Number.NEGATIVE_INFINITY;
  /** How many names were known when the fold was sealed: those must be in PostgreSQL when it is stored. */
  versionsMet = 0;
  originsMet = 0;

  // One column each, by transfer. The visitor's halves are signed; times in milliseconds.
  visitorHi = new Int32Array();
  visitorLo = new Int32Array();
  version = new Int32Array();
  token = new Int32Array();
  day = new Int32Array();
  origin = new Int32Array();
  count = new Int32Array();
  sent = new Float64Array();
  firstAt = new Float64Array();
  lastAt = new Float64Array();
  beganAt = new Float64Array();
  /** The bytes [0, front) were sent. */
  front = new Float64Array();
  /** Room for the order of all transfers, twice: one for `sorted`, one for KnownTransfers. */
  #order = new Int32Array();
  spare = new Int32Array();
  #packed = new Float64Array();
  /** Ranges beyond the front, for the few transfers that have any. */
  readonly beyond = new Map<number, Ranges>();
  readonly keyUses = new KeyUses();
  readonly #request = new RequestNumbers();
  /** What its new transfers add to the tallies. Owned by this fold, because another is filled while this one is stored. */
  readonly newTallies = new TallyColumns();

  // Open addressing over 2^n slots, at most half full; a slot holds a transfer's index + 1.
  #slots = new Int32Array();

  /**
   * @param capacity how many transfers the batch may hold, `maxCapacity` at most
   * @param expected how many to make room for at once
   */
  constructor(names: Names, capacity: number, expected = 512) {
    this.names = names;
    this.#capacity = Math.min(capacity, maxCapacity);
    this.#grow(Math.min(this.#capacity, expected));
  }

  /** Empties it for another batch. The memory stays: megabytes that need not be allocated again. */
  clear(capacity: number): void {
    this.#capacity = Math.min(capacity, maxCapacity);
    this.size = 0;
    this.requests = 0;
    this.firstDay = Number.POSITIVE_INFINITY;
    this.lastDay = Number.NEGATIVE_INFINITY;
    this.#slots.fill(0);
    this.beyond.clear();
    this.keyUses.clear();
  }

  /** Whether a request of this day may be added: a batch's days lie within `mostDays`. */
  holds(day: number): boolean {
    return day > this.lastDay - mostDays && day < this.firstDay + mostDays;
  }

  get full(): boolean {
    return this.size >= this.#capacity;
  }

  /** Ends the batch: names met later are not its own. */
  seal(): void {
    this.versionsMet = this.names.versions.length;
    this.originsMet = this.names.origins.length;
  }

  /** Counts a request that was read plainly. */
  addEntry(entry: Entry, origin = this.names.originOf(entry)): void {
    const { names } = this;
    const request = this.#request;
    [request.visitorHi, request.visitorLo] = visitorHalves(entry.visitor);
    request.version = names.version(entry.host, entry.path, entry.etag, entry.size);
    request.token = names.token(entry.token);
    request.key = names.key(entry.key);
    request.edge = names.edge(entry.edge);
    request.origin = origin;
    request.at = entry.at;
    request.ms = entry.ms;
    request.from = entry.from;
    request.sent = entry.sent;
    this.add(request);
  }

  /** Counts a request; its numbers are those of `names`. */
  add(request: RequestNumbers): void {
    const { visitorHi: hi, visitorLo: lo, version, token, origin, at, from, sent } = request;
    const day = dayOf(at);
    if (day < this.firstDay) this.firstDay = day;
    if (day > this.lastDay) this.lastDay = day;
    this.keyUses.note(request.key, request.edge, day, at);
    const began = at - Math.min(request.ms, longestRequest);
    const index = this.#find(hi, lo, version, token, day);
    this.requests += 1;
    if (this.count[index] === 0) {
      this.firstAt[index] = at;
      this.lastAt[index] = at;
      this.beganAt[index] = began;
      this.origin[index] = origin;
    } else {
      const first = this.firstAt[index] as number;
      if (at < first || (at === first && this.#precedes(origin, this.origin[index] as number))) {
        this.firstAt[index] = at;
        this.origin[index] = origin;
      }
      if (at > (this.lastAt[index] as number)) this.lastAt[index] = at;
      if (began < (this.beganAt[index] as number)) this.beganAt[index] = began;
    }
    this.count[index] = (this.count[index] as number) + 1;
    this.sent[index] = (this.sent[index] as number) + sent;
    if (sent > 0 && from >= 0) this.#cover(index, from, from + sent, version);
  }

  #find(hi: number, lo: number, version: number, token: number, day: number): number {
    if (this.size === this.visitorHi.length) this.#grow(Math.min(this.#capacity, this.size * 2));
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hashKey(hi, lo, version, token, day) & mask; ; slot = (slot + 1) & mask) {
      const index = (slots[slot] as number) - 1;
      if (index < 0) {
        const added = this.size++;
        slots[slot] = added + 1;
        this.visitorHi[added] = hi;
        this.visitorLo[added] = lo;
        this.version[added] = version;
        this.token[added] = token;
        this.day[added] = day;
        this.count[added] = 0;
        this.sent[added] = 0;
        this.front[added] = 0;
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
    const { origins } = this.names;
    return compareIds(origins[origin]?.id ?? zero, origins[other]?.id ?? zero) < 0;
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

  #grow(room: number): void {
    this.visitorHi = enlarged(this.visitorHi, room);
    this.visitorLo = enlarged(this.visitorLo, room);
    this.version = enlarged(this.version, room);
    this.token = enlarged(this.token, room);
    this.day = enlarged(this.day, room);
    this.origin = enlarged(this.origin, room);
    this.count = enlarged(this.count, room);
    this.sent = enlarged(this.sent, room);
    this.firstAt = enlarged(this.firstAt, room);
    this.lastAt = enlarged(this.lastAt, room);
    this.beganAt = enlarged(this.beganAt, room);
    this.front = enlarged(this.front, room);
    this.#order = new Int32Array(room);
    this.spare = new Int32Array(room);
    this.#packed = new Float64Array(room);
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(room * 2)));
    const mask = this.#slots.length - 1;
    for (let index = 0; index < this.size; index += 1) {
      const { visitorHi, visitorLo, version, token, day } = this;
      const at = (column: Int32Array) => column[index] as number;
      let slot = hashKey(at(visitorHi), at(visitorLo), at(version), at(token), at(day)) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = index + 1;
    }
  }

  /**
   * The numbers of the transfers in the order of their keys. Every agent locks rows in this order, so there are no
   * deadlocks. The answer lies in the same memory each time.
   */
  sorted(): Int32Array {
    // The visitor's upper half and the index in one double: numbers sort ten times faster than with a callback, and
    // visitors that share an upper half are rare.
    const packed = this.#packed.subarray(0, this.size);
    for (let index = 0; index < this.size; index += 1) {
      packed[index] = (this.visitorHi[index] as number) * maxCapacity + index;
    }
    packed.sort();
    const order = this.#order.subarray(0, this.size);
    for (let place = 0; place < this.size; place += 1) {
      const value = packed[place] as number;
      order[place] = value - Math.floor(value / maxCapacity) * maxCapacity;
    }
    this.#sortTies(order);
    return order;
  }

  /** Sorts each run of equal upper halves by the whole key. */
  #sortTies(order: Int32Array): void {
    const hi = (place: number) => this.visitorHi[order[place] as number];
    for (let from = 0; from < order.length; ) {
      let to = from + 1;
      while (to < order.length && hi(to) === hi(from)) to += 1;
      if (to - from > 1) order.subarray(from, to).sort((a, b) => this.#compare(a, b));
      from = to;
    }
  }

  #compare(a: number, b: number): number {
    const { versions, tokens } = this.names;
    const at = (column: Int32Array, index: number) => column[index] as number;
    const { visitorHi, visitorLo, version, token, day } = this;
    return (
      at(visitorHi, a) - at(visitorHi, b) ||
      (at(visitorLo, a) >>> 0) - (at(visitorLo, b) >>> 0) ||
      compareIds(versions[at(version, a)]?.id ?? zero, versions[at(version, b)]?.id ?? zero) ||
      compareText(tokens[at(token, a)] ?? '', tokens[at(token, b)] ?? '') ||
      at(day, a) - at(day, b)
    );
  }
}

function hashKey(hi: number, lo: number, version: number, token: number, day: number): number {
  let hash = Math.imul(hi ^ Math.imul(version + 1, 0x9e3779b1), 0x85ebca6b) ^ lo;
  hash = Math.imul(hash ^ (hash >>> 15) ^ Math.imul(token + day, 0xc2b2ae35), 0x27d4eb2f);
  return hash ^ (hash >>> 13);
}

const zero = { hi: 0, lo: 0 };

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
