// What new transfers add to the tallies: all they have, in the bucket in which they began. For transfers that were there
// before, PostgreSQL computes the difference (store/merge-sql.ts). A test holds both together.

import type { Fold } from './fold.ts';
import type { TallyColumns } from './tally-columns.ts';
import {
  bucketOf,
  completedOf,
  copiesOf,
  downloadOf,
  type Policy,
  type State,
  sizeUnknownOf,
  stateOf,
} from './transfer.ts';

/** Sums some of a fold's transfers by file, bucket, class and edge into its `newTallies`, which are emptied first. */
export function sumNewTallies(fold: Fold, order: Int32Array, policy: Policy): void {
  const { newTallies } = fold;
  const fileOf = numbering(fold.names.versions, ({ file }) => `${file.hi}:${file.lo}`);
  const kindOf = numbering(fold.names.origins, (origin) => `${origin.class}:${origin.edge}`);
  // By kind, then by file and bucket: 2^22 buckets last until 2089.
  const rows: Map<number, number>[] = [];
  newTallies.clear();
  for (let place = 0; place < order.length; place += 1) {
    const index = order[place] as number;
    const version = fold.version[index] as number;
    const origin = fold.origin[index] as number;
    const bucket = bucketOf(fold.firstAt[index] as number);
    const kind = kindOf(origin);
    rows[kind] ??= new Map();
    const key = fileOf(version) * 2 ** 22 + bucket;
    let row = rows[kind].get(key);
    if (row === undefined) {
      row = newTallies.append(version, origin, bucket);
      rows[kind].set(key, row);
    }
    add(newTallies, row, fold, index, stateOf(fold, index, policy));
  }
}

function add(tallies: TallyColumns, row: number, fold: Fold, index: number, state: State): void {
  const sent = fold.sent[index] as number;
  const size = fold.names.versions[fold.version[index] as number]?.size ?? 0;
  const more = (column: Float64Array, number: number) => {
    column[row] = (column[row] as number) + number;
  };
  more(tallies.requests, fold.count[index] as number);
  more(tallies.bytes, sent);
  more(tallies.downloads, downloadOf(state));
  more(tallies.completed, completedOf(state));
  more(tallies.copies, copiesOf(state, sent, size));
  more(tallies.sizeUnknown, sizeUnknownOf(state, size));
}

/** Gives things of equal name one number, and only when it is asked for: most names of a process are not in this fold. */
function numbering<T>(things: readonly T[], name: (thing: T) => string): (index: number) => number {
  const numbers = new Map<string, number>();
  // 0: has no number yet.
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
