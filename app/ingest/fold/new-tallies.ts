// What transfers that are new add to the tallies: all they have, in the bucket in which they began. Those that were
// there before are compared with what they were in PostgreSQL (store/merge-sql.ts); a test holds both together.

import { CopyWriter } from '../store/copy-rows.ts';
import type { Fold } from './fold.ts';
import type { Sums } from './tally-columns.ts';
import { type Policy, stateOf } from './transfer.ts';

const bucketLength = 900_000;

/** Sums some of a fold's transfers by file, bucket, class and edge into its own `sums`, which are emptied first. */
export function sumTransfers(fold: Fold, order: Int32Array, policy: Policy): void {
  const { sums } = fold;
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

/** The COPY stream of a fold's sums for `deltas`. */
export function* copySums({ sums, names }: Fold): Generator<Buffer> {
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
