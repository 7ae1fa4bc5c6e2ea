// What transfers that are new add to the tallies: all they have, in the bucket in which they began. Those that were
// there before are compared with what they were in PostgreSQL (fold-sql.ts); a test holds both together.

import { CopyWriter } from './copy-rows.ts';
import type { Fold } from './fold.ts';
import type { Names } from './names.ts';
import { type Policy, stateOf } from './state.ts';

const bucketLength = 900_000;

/**
 * Rows of the temporary table `deltas`, as columns of numbers whose memory serves the next batch too: objects would live
 * just long enough to be kept until V8 next sweeps all of its heap.
 */
export class Sums {
  size = 0;
  /** One of the file's versions, and one of the origins with that class and edge: numbers of names. */
  version = new Int32Array(0);
  origin = new Int32Array(0);
  /** Quarters of an hour since 1970. */
  bucket = new Int32Array(0);
  requests = new Float64Array(0);
  downloads = new Float64Array(0);
  completed = new Float64Array(0);
  copies = new Float64Array(0);
  bytes = new Float64Array(0);

  clear(): void {
    this.size = 0;
  }

  /** Adds a row of nothing, and answers its number. */
  append(version: number, origin: number, bucket: number): number {
    if (this.size === this.version.length) this.#grow(Math.max(1024, 2 * this.size));
    const row = this.size++;
    this.version[row] = version;
    this.origin[row] = origin;
    this.bucket[row] = bucket;
    this.requests[row] = 0;
    this.downloads[row] = 0;
    this.completed[row] = 0;
    this.copies[row] = 0;
    this.bytes[row] = 0;
    return row;
  }

  #grow(room: number): void {
    const larger = <T extends Int32Array | Float64Array>(old: T, column: T) => {
      column.set(old);
      return column;
    };
    this.version = larger(this.version, new Int32Array(room));
    this.origin = larger(this.origin, new Int32Array(room));
    this.bucket = larger(this.bucket, new Int32Array(room));
    this.requests = larger(this.requests, new Float64Array(room));
    this.downloads = larger(this.downloads, new Float64Array(room));
    this.completed = larger(this.completed, new Float64Array(room));
    this.copies = larger(this.copies, new Float64Array(room));
    this.bytes = larger(this.bytes, new Float64Array(room));
  }
}

/** Sums some of a fold's transfers by file, bucket, class and edge into `sums`, which is emptied first. */
export function sumTransfers(sums: Sums, fold: Fold, order: Int32Array, policy: Policy): void {
  const fileOf = numbering(fold.names.versions, ({ file }) => `${file.hi}:${file.lo}`);
  const kindOf = numbering(fold.names.origins, (origin) => `${origin.class}:${origin.edge}`);
  // By kind, then by file and bucket: 2^22 buckets last until 2089.
  const rows: Map<number, number>[] = [];
  sums.clear();
  for (let place = 0; place < order.length; place += 1) {
    const index = order[place] as number;
    const version = fold.version[index] as number;
    const origin = fold.origin[index] as number;
    const bucket = Math.floor((fold.firstAt[index] as number) / bucketLength);
    const kind = kindOf(origin);
    rows[kind] ??= new Map();
    const key = fileOf(version) * 2 ** 22 + bucket;
    let row = rows[kind].get(key);
    if (row === undefined) {
      row = sums.append(version, origin, bucket);
      rows[kind].set(key, row);
    }
    add(sums, row, fold, index, stateOf(fold, index, policy));
  }
}

function add(sums: Sums, row: number, fold: Fold, index: number, state: 0 | 1 | 3): void {
  const sent = fold.sent[index] as number;
  const more = (column: Float64Array, number: number) => {
    column[row] = (column[row] as number) + number;
  };
  more(sums.requests, fold.count[index] as number);
  more(sums.downloads, state & 1);
  more(sums.bytes, sent);
  if (state < 3) return;
  const size = fold.names.versions[fold.version[index] as number]?.size ?? 1;
  more(sums.completed, 1);
  more(sums.copies, Math.max(1, Math.floor(sent / size)));
}

/** Numbers things that have the same name alike; only those that are asked for, of the many that a process has met. */
function numbering<T>(things: readonly T[], name: (thing: T) => string): (index: number) => number {
  const numbers = new Map<string, number>();
  // 0: not asked for yet.
  const known = new Int32Array(things.length);
  return (index) => {
    if (known[index] === 0) {
      const key = name(things[index] as T);
      const number = numbers.get(key) ?? numbers.size + 1;
      numbers.set(key, number);
      known[index] = number;
    }
    return known[index] as number;
  };
}

/** The COPY stream of sums for `deltas`; `names` are those of their fold. */
export function* copySums(sums: Sums, names: Names): Generator<Buffer> {
  const out = new CopyWriter(sums.size * 128);
  for (let row = 0; row < sums.size; row += 1) {
    if (!out.hasRoom(512)) yield out.take();
    const version = names.versions[sums.version[row] as number];
    const origin = names.origins[sums.origin[row] as number];
    if (!version || !origin) throw new RangeError(`a sum of no file or origin: row ${row}`);
    out.row(9);
    out.id(version.file);
    out.time((sums.bucket[row] as number) * bucketLength);
    out.text(origin.class);
    out.text(origin.edge);
    for (const column of [sums.requests, sums.downloads, sums.completed, sums.copies, sums.bytes])
      out.int64(column[row] as number);
  }
  yield* out.end();
}
