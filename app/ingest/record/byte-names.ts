// Recognises pieces of lines by their bytes. A name that was seen before costs a hash and a comparison with the bytes kept
// from the first time: no string, no parsing, no garbage.

import { randomInt } from 'node:crypto';

// Random, so that nobody can choose user agents that all fall into one slot.
const seed = randomInt(2 ** 32) | 0;

export class ByteNames {
  /** The number given to each piece, by entry. */
  readonly numbers: number[] = [];
  #slots = new Int32Array(1024);
  readonly #hashes: number[] = [];
  readonly #starts: number[] = [];
  readonly #lengths: number[] = [];
  #arena = Buffer.alloc(1 << 16);
  #view = viewOf(this.#arena);
  #used = 0;

  /** The entry that holds these bytes, or -1. */
  find(view: DataView, start: number, end: number): number {
    const hash = hashBytes(view, start, end);
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = (this.#slots[slot] as number) - 1;
      if (entry < 0) return -1;
      if (this.#hashes[entry] === hash && this.#holds(entry, view, start, end)) return entry;
    }
  }

  /** Keeps bytes that `find` did not find. */
  add(view: DataView, start: number, end: number, number: number): number {
    const entry = this.numbers.push(number) - 1;
    const length = end - start;
    this.#reserve(length);
    for (let i = 0; i < length; i += 1) this.#arena[this.#used + i] = view.getUint8(start + i);
    this.#hashes.push(hashBytes(view, start, end));
    this.#starts.push(this.#used);
    this.#lengths.push(length);
    this.#used += length;
    if (this.numbers.length * 2 > this.#slots.length) this.#rehash();
    else this.#place(entry);
    return entry;
  }

  #holds(entry: number, view: DataView, start: number, end: number): boolean {
    const length = end - start;
    if (this.#lengths[entry] !== length) return false;
    const kept = this.#starts[entry] as number;
    const mine = this.#view;
    let i = 0;
    for (; i + 4 <= length; i += 4) {
      if (mine.getInt32(kept + i, true) !== view.getInt32(start + i, true)) return false;
    }
    for (; i < length; i += 1) if (mine.getUint8(kept + i) !== view.getUint8(start + i)) return false;
    return true;
  }

  #place(entry: number): void {
    const mask = this.#slots.length - 1;
    let slot = (this.#hashes[entry] as number) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = entry + 1;
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    for (let entry = 0; entry < this.numbers.length; entry += 1) this.#place(entry);
  }

  #reserve(length: number): void {
    if (this.#used + length <= this.#arena.length) return;
    const larger = Buffer.alloc(Math.max(this.#arena.length * 2, this.#used + length));
    larger.set(this.#arena.subarray(0, this.#used));
    this.#arena = larger;
    this.#view = viewOf(larger);
  }
}

export function viewOf(buffer: Uint8Array): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

function hashBytes(view: DataView, start: number, end: number): number {
  let hash = seed ^ (end - start);
  // Two hashes at once: neither waits for the other's multiplication.
  let other = ~seed;
  let i = start;
  for (; i + 8 <= end; i += 8) {
    hash = Math.imul(hash ^ view.getInt32(i, true), 0x9e3779b1);
    hash ^= hash >>> 15;
    other = Math.imul(other ^ view.getInt32(i + 4, true), 0x85ebca6b);
    other ^= other >>> 14;
  }
  hash = Math.imul(hash ^ other, 0x27d4eb2f);
  for (; i < end; i += 1) hash = Math.imul(hash ^ view.getUint8(i), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
