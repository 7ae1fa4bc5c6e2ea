// Which transfers PostgreSQL may hold already. Those it cannot hold are copied straight into their table, at half the
// price: most of a log that is read for the first time. This only decides about speed. If a transfer is there after all,
// the unique key says so, and the batch is stored again the careful way (writer.ts).

import type { Fold } from '../fold/fold.ts';

/** A Bloom filter has no false negatives. A false positive only takes the slow path. */
const bits = 2 ** 25;
/** With so many entries one answer in forty is a false positive: then the filter starts again, empty. */
const most = 4_000_000;

/** A fold's transfers in the order of their keys: those that PostgreSQL cannot hold yet, as far as we know; and the others. */
export type Division = {
  /** What they add to the tallies is `fold.newTallies`. */
  readonly fresh: Int32Array;
  readonly others: Int32Array;
};

export class KnownTransfers {
  /** Days that held nothing when this process first asked. All that we have stored of them since is in the filter. */
  readonly #days = new Set<number>();
  #filter: Int32Array | undefined;
  #size = 0;

  /** This day holds no transfers yet: from now on its transfers are remembered. */
  begin(day: number): void {
    this.#filter ??= new Int32Array(bits / 32);
    this.#days.add(day);
  }

  forget(): void {
    this.#days.clear();
    this.#filter?.fill(0);
    this.#size = 0;
  }

  /**
   * Divides a fold's transfers, in the order of their keys, into those never seen before and the others. It remembers the
   * former. Both lists lie in the fold's memory.
   */
  divide(fold: Fold): Division {
    const order = fold.sorted();
    // In place: an entry never moves to a later place.
    const fresh = order;
    const others = fold.spare;
    let [freshCount, otherCount] = [0, 0];
    if (this.#size + order.length > most) this.forget();
    for (let place = 0; place < order.length; place += 1) {
      const index = order[place] as number;
      if (this.#days.has(fold.day[index] as number) && this.#add(fold, index)) fresh[freshCount++] = index;
      else others[otherCount++] = index;
    }
    return { fresh: fresh.subarray(0, freshCount), others: others.subarray(0, otherCount) };
  }

  /** True if the transfer was not in the filter. The key leaves out tokens: they are rare, and a false positive does no harm. */
  #add(fold: Fold, index: number): boolean {
    const version = fold.names.versions[fold.version[index] as number]?.id.lo ?? 0;
    const day = fold.day[index] as number;
    let one = Math.imul((fold.visitorHi[index] as number) ^ Math.imul(version, 0x9e3779b1), 0x85ebca6b);
    one = Math.imul(one ^ (one >>> 15) ^ (fold.visitorLo[index] as number), 0xc2b2ae35);
    one ^= one >>> 13;
    let two = Math.imul((fold.visitorLo[index] as number) ^ Math.imul(day, 0x27d4eb2f), 0x9e3779b1) ^ version;
    two = Math.imul(two ^ (two >>> 16), 0x85ebca6b) | 1;
    const filter = this.#filter as Int32Array;
    let met = true;
    for (let probe = 0; probe < 3; probe += 1) {
      const bit = (one + Math.imul(probe, two)) >>> 7;
      const word = filter[bit >>> 5] as number;
      const mask = 1 << (bit & 31);
      if ((word & mask) !== 0) continue;
      met = false;
      filter[bit >>> 5] = word | mask;
    }
    if (!met) this.#size += 1;
    return !met;
  }
}
