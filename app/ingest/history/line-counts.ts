// How often each line of one day stands in this log, and how often at most in any other.

/** Open addressing, at most half full. A slot is free as long as both counts are 0. */
export class LineCounts {
  #hi = new Int32Array(1024);
  #lo = new Int32Array(this.#hi.length);
  #here = new Int32Array(this.#hi.length);
  #elsewhere = new Int32Array(this.#hi.length);
  #size = 0;

  /** Counts a line of this log; true if it stands here more often than anywhere else so far. */
  add(hi: number, lo: number): boolean {
    const slot = this.#find(hi, lo);
    const here = (this.#here[slot] as number) + 1;
    this.#here[slot] = here;
    return here > (this.#elsewhere[slot] as number);
  }

  /** Notes how often a line stands in another log. */
  note(hi: number, lo: number, times: number): void {
    const slot = this.#find(hi, lo);
    if (times > (this.#elsewhere[slot] as number)) this.#elsewhere[slot] = times;
  }

  /** Whether a line stands in this log. */
  has(hi: number, lo: number): boolean {
    const mask = this.#hi.length - 1;
    for (let slot = lo & mask; !this.#isFree(slot); slot = (slot + 1) & mask) {
      if (this.#lo[slot] === lo && this.#hi[slot] === hi) return this.#here[slot] !== 0;
    }
    return false;
  }

  /** Every line of this log, as often as it stands there. */
  *here(): Generator<[hi: number, lo: number, times: number]> {
    for (let slot = 0; slot < this.#hi.length; slot += 1) {
      const times = this.#here[slot] as number;
      if (times > 0) yield [this.#hi[slot] as number, this.#lo[slot] as number, times];
    }
  }

  /** The slot of a line. A new one is taken at once: whoever asks counts it. */
  #find(hi: number, lo: number): number {
    if (2 * this.#size >= this.#hi.length) this.#grow();
    const mask = this.#hi.length - 1;
    for (let slot = lo & mask; ; slot = (slot + 1) & mask) {
      if (this.#isFree(slot)) {
        this.#hi[slot] = hi;
        this.#lo[slot] = lo;
        this.#size += 1;
        return slot;
      }
      if (this.#lo[slot] === lo && this.#hi[slot] === hi) return slot;
    }
  }

  #isFree(slot: number): boolean {
    return this.#here[slot] === 0 && this.#elsewhere[slot] === 0;
  }

  #grow(): void {
    const [hi, lo, here, elsewhere] = [this.#hi, this.#lo, this.#here, this.#elsewhere];
    const room = 2 * hi.length;
    this.#hi = new Int32Array(room);
    this.#lo = new Int32Array(room);
    this.#here = new Int32Array(room);
    this.#elsewhere = new Int32Array(room);
    this.#size = 0;
    for (let old = 0; old < hi.length; old += 1) {
      if (here[old] === 0 && elsewhere[old] === 0) continue;
      const slot = this.#find(hi[old] as number, lo[old] as number);
      this.#here[slot] = here[old] as number;
      this.#elsewhere[slot] = elsewhere[old] as number;
    }
  }
}
