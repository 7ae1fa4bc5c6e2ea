// Transfers in PostgreSQL's binary COPY format: half the bytes of text, and no 64-bit number has to become
// digits. The same rows go into `transfers` itself or into the temporary table `batch` (merge-sql.ts).

import type { Fold } from '../fold/fold.ts';
import type { Ranges } from '../fold/ranges.ts';
import { bucketLength, completeFrom, type Policy, stateOf } from '../fold/transfer.ts';
import { dayLength } from '../record/day.ts';
import type { Id } from '../record/ids.ts';

const header = Buffer.from('5047434f50590aff0d0a000000000000000000', 'hex');
const trailer = Buffer.from('ffff', 'hex');
// PostgreSQL counts from 2000-01-01.
const epochDay = 10_957;
const epochMs = epochDay * dayLength;
/**
 * 256 KiB keep PostgreSQL busy while we read the next batch between two chunks. A row has room for its texts, which are
 * capped; for its ranges the room is checked.
 */
const chunkSize = 1 << 18;
const rowRoom = 1024;
const usualRow = 192;
const two32 = 2 ** 32;

/** The columns in the order in which `copyRows` writes them; named and typed as in `transfers`. */
export const transferColumns = {
  visitor: 'bigint not null',
  version_id: 'bigint not null',
  token_id: 'text not null',
  day: 'date not null',
  file_id: 'bigint not null',
  origin_id: 'bigint not null',
  sent: 'bigint not null',
  size: 'bigint not null',
  covered_to: 'bigint not null',
  first_at: 'timestamptz not null',
  last_at: 'timestamptz not null',
  requests: 'integer not null',
  state: 'smallint not null',
  class: 'visitor_class not null',
  edge: 'text not null',
  covered: 'int8multirange',
  began_at: 'timestamptz not null',
  min_bytes: 'bigint',
  complete_from: 'bigint',
  import_id: 'bigint',
};

/**
 * The COPY stream of some of a fold's transfers, in the order given. A chunk is valid until the next is asked for.
 * @param importId the import they belong to; undefined where they are counted live
 */
export function* copyRows(
  fold: Fold,
  order: Int32Array,
  policy: Policy,
  importId?: number,
): Generator<Buffer> {
  const out = new CopyWriter(order.length * usualRow);
  for (let place = 0; place < order.length; ) {
    place = writeRows(out, fold, { order, from: place, importId }, policy);
    if (place < order.length) yield out.take();
  }
  yield* out.end();
}

/** Writes rows until the chunk is full, and returns where to go on. It is no generator, because generators run slower. */
function writeRows(
  out: CopyWriter,
  fold: Fold,
  { order, from, importId }: { order: Int32Array; from: number; importId: number | undefined },
  policy: Policy,
): number {
  const { versions, origins, tokens } = fold.names;
  let place = from;
  for (; place < order.length; place += 1) {
    const index = order[place] as number;
    const beyond = fold.beyond.get(index);
    if (!out.hasRoom(rowRoom + (beyond?.length ?? 0) * 21)) break;
    const version = at(versions, fold.version[index]);
    const origin = at(origins, fold.origin[index]);
    out.row(20);
    out.pair(fold.visitorHi[index] as number, fold.visitorLo[index] as number);
    out.id(version.id);
    out.text(at(tokens, fold.token[index]));
    out.int32(4);
    out.int32((fold.day[index] as number) - epochDay);
    out.id(version.file);
    out.id(origin.id);
    out.int64(fold.sent[index] as number);
    out.int64(version.size);
    out.int64(fold.front[index] as number);
    out.time(fold.firstAt[index] as number);
    out.time(fold.lastAt[index] as number);
    out.int32(4);
    out.int32(fold.count[index] as number);
    out.smallint(stateOf(fold, index, policy));
    out.text(origin.class);
    out.text(origin.edge);
    out.multirange(beyond);
    out.time(fold.beganAt[index] as number);
    out.maybeInt64(version.policy?.minBytes);
    out.maybeInt64(version.policy && completeFrom(version.policy.completeRatio, version.size));
    out.maybeInt64(importId);
  }
  return place;
}

/** The COPY stream of a fold's new tallies for `deltas`. */
export function* copyNewTallies({ newTallies, names }: Fold): Generator<Buffer> {
  const out = new CopyWriter(newTallies.size * 128);
  for (let row = 0; row < newTallies.size; row += 1) {
    if (!out.hasRoom(512)) yield out.take();
    const version = names.versions[newTallies.version[row] as number];
    const origin = names.origins[newTallies.origin[row] as number];
    if (!version || !origin) throw new RangeError(`a tally of no file or origin: row ${row}`);
    out.row(10);
    out.id(version.file);
    out.time((newTallies.bucket[row] as number) * bucketLength);
    out.text(origin.class);
    out.text(origin.edge);
    for (const column of [
      newTallies.requests,
      newTallies.downloads,
      newTallies.completed,
      newTallies.copies,
      newTallies.bytes,
      newTallies.sizeUnknown,
    ])
      out.int64(column[row] as number);
  }
  yield* out.end();
}

function at<T>(list: readonly T[], index: number | undefined): T {
  const item = list[index as number];
  if (item === undefined) throw new RangeError(`no name has the number ${index}`);
  return item;
}

/** Fields of the binary COPY format, into chunks. */
class CopyWriter {
  #buffer: Buffer;
  #view: DataView;
  #end: number;

  /** @param expected how many bytes it will be, roughly */
  constructor(expected: number) {
    this.#buffer = Buffer.allocUnsafe(Math.min(chunkSize, expected + 2 * rowRoom));
    this.#view = viewOf(this.#buffer);
    this.#end = header.copy(this.#buffer);
  }

  /** Whether `room` bytes are free in the chunk. A chunk that is small or empty is made larger for it. */
  hasRoom(room: number): boolean {
    const { length } = this.#buffer;
    if (this.#end + room <= length) return true;
    if (length >= chunkSize && this.#end > header.length) return false;
    const larger = Buffer.allocUnsafe(Math.max(this.#end + room, Math.min(2 * length, chunkSize)));
    this.#buffer.copy(larger, 0, 0, this.#end);
    this.#buffer = larger;
    this.#view = viewOf(larger);
    return true;
  }

  /** The chunk so far. What is written next overwrites it: new chunks would be most of the memory we use. */
  take(): Buffer {
    const taken = this.#buffer.subarray(0, this.#end);
    this.#end = 0;
    return taken;
  }

  /** The last chunks of the stream. */
  *end(): Generator<Buffer> {
    yield this.#buffer.subarray(0, this.#end);
    yield trailer;
  }

  row(fields: number): void {
    this.#view.setInt16(this.#end, fields);
    this.#end += 2;
  }

  int32(value: number): void {
    this.#view.setInt32(this.#end, value);
    this.#end += 4;
  }

  smallint(value: number): void {
    this.#view.setInt32(this.#end, 2);
    this.#view.setInt16(this.#end + 4, value);
    this.#end += 6;
  }

  /** A bigint field from its halves. */
  pair(hi: number, lo: number): void {
    const view = this.#view;
    const end = this.#end;
    view.setInt32(end, 8);
    view.setInt32(end + 4, hi);
    view.setInt32(end + 8, lo);
    this.#end = end + 12;
  }

  id(id: Id): void {
    this.pair(id.hi, id.lo);
  }

  /** A bigint field from a number: any integer a double can hold. */
  int64(value: number): void {
    const hi = Math.floor(value / two32);
    this.pair(hi, value - hi * two32);
  }

  /** The same, or null. */
  maybeInt64(value: number | undefined): void {
    if (value === undefined) this.int32(-1);
    else this.int64(value);
  }

  /** A timestamptz field from milliseconds since 1970. */
  time(milliseconds: number): void {
    this.int64((milliseconds - epochMs) * 1000);
  }

  /** Short ASCII text: tokens, edges and classes are nothing else. */
  text(text: string): void {
    this.int32(text.length);
    for (let index = 0; index < text.length; index += 1) this.#buffer[this.#end++] = text.charCodeAt(index);
  }

  /** An int8multirange field, null when empty. */
  multirange(ranges: Ranges | undefined): void {
    if (!ranges || ranges.length === 0) {
      this.int32(-1);
      return;
    }
    const rangeLength = 1 + 2 * 12;
    this.int32(4 + (ranges.length / 2) * (4 + rangeLength));
    this.int32(ranges.length / 2);
    for (let index = 0; index < ranges.length; index += 2) {
      this.int32(rangeLength);
      this.#buffer[this.#end++] = 0x02; // the lower bound is included, the upper is not
      this.int64(ranges[index] as number);
      this.int64(ranges[index + 1] as number);
    }
  }
}

function viewOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
