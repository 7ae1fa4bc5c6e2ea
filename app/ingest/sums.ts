// What transfers that are new add to the tallies: all they have, in the bucket in which they began. Those that were
// there before are compared with what they were in PostgreSQL (fold-sql.ts); a test holds both together.

import { CopyWriter } from './copy-rows.ts';
import type { Fold } from './fold.ts';
import type { Id } from './identity.ts';
import type { Origin } from './names.ts';
import { type Policy, stateOf } from './state.ts';

const bucketLength = 900_000;

/** One row of the temporary table `deltas`. `bucket` counts quarters of an hour since 1970. */
export type Sum = {
  file: Id;
  bucket: number;
  origin: Pick<Origin, 'class' | 'edge'>;
  requests: number;
  downloads: number;
  completed: number;
  copies: number;
  bytes: number;
};

/** Sums some of a fold's transfers by file, bucket, class and edge. */
export function sumTransfers(fold: Fold, order: Int32Array, policy: Policy): Sum[] {
  const files = numbered(fold.names.versions, ({ file }) => `${file.hi}:${file.lo}`);
  const kinds = numbered(fold.names.origins, (origin) => `${origin.class}:${origin.edge}`);
  // By kind, then by file and bucket: 2^22 buckets last until 2089.
  const sums: Map<number, Sum>[] = [];
  for (let place = 0; place < order.length; place += 1) {
    const index = order[place] as number;
    const version = fold.version[index] as number;
    const origin = fold.origin[index] as number;
    const bucket = Math.floor((fold.firstAt[index] as number) / bucketLength);
    const kind = kinds[origin] as number;
    sums[kind] ??= new Map();
    const key = (files[version] as number) * 2 ** 22 + bucket;
    let sum = sums[kind].get(key);
    if (sum === undefined) {
      const [of, from] = [fold.names.versions[version], fold.names.origins[origin]];
      if (!of || !from) throw new RangeError(`no name has the number ${version} or ${origin}`);
      sum = {
        file: of.file,
        bucket,
        origin: from,
        requests: 0,
        downloads: 0,
        completed: 0,
        copies: 0,
        bytes: 0,
      };
      sums[kind].set(key, sum);
    }
    add(sum, fold, index, stateOf(fold, index, policy));
  }
  return sums.flatMap((ofKind) => [...ofKind.values()]);
}

function add(sum: Sum, fold: Fold, index: number, state: 0 | 1 | 3): void {
  const sent = fold.sent[index] as number;
  sum.requests += fold.count[index] as number;
  sum.downloads += state & 1;
  sum.bytes += sent;
  if (state < 3) return;
  const size = fold.names.versions[fold.version[index] as number]?.size ?? 1;
  sum.completed += 1;
  sum.copies += Math.max(1, Math.floor(sent / size));
}

/** Numbers things that have the same name alike. */
function numbered<T>(things: readonly T[], name: (thing: T) => string): Int32Array {
  const numbers = new Map<string, number>();
  return Int32Array.from(things, (thing) => {
    const key = name(thing);
    const number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    return number;
  });
}

/** The COPY stream of sums for `deltas`. */
export function* copySums(sums: readonly Sum[]): Generator<Buffer> {
  const out = new CopyWriter(sums.length * 128);
  for (const { file, bucket, origin, requests, downloads, completed, copies, bytes } of sums) {
    if (!out.hasRoom(512)) yield out.take();
    out.row(9);
    out.id(file);
    out.time(bucket * bucketLength);
    out.text(origin.class);
    out.text(origin.edge);
    for (const number of [requests, downloads, completed, copies, bytes]) out.int64(number);
  }
  yield* out.end();
}
