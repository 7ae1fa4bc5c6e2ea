// A batch of transfers in PostgreSQL's binary COPY format, for the temporary table `batch` (fold-sql.ts):
// half the bytes of text, and no 64-bit number is ever turned into digits.

import { dayLength, type Fold } from './fold.ts';
import type { Id } from './identity.ts';
import type { Ranges } from './ranges.ts';

const header = Buffer.from('5047434f50590aff0d0a000000000000000000', 'hex');
const trailer = Buffer.from('ffff', 'hex');
const columns = 16;
// PostgreSQL counts from 2000-01-01.
const epochDay = 10_957;
const epochMs = epochDay * dayLength;
/** A chunk is handed on when it is this full; a row's texts are capped, its ranges are checked for. */
const chunkSize = 65_536;
const rowRoom = 1024;
const two32 = 2 ** 32;

/** The columns, in the order in which `rows` writes them. */
export const batchColumns = `visitor bigint not null, version_id bigint not null, token_id text not null,
  day date not null, file_id bigint not null, origin_id bigint not null, sent bigint not null,
  size bigint not null, covered_to bigint not null, first_at timestamptz not null,
  last_at timestamptz not null, requests integer not null, class visitor_class not null,
  edge text not null, covered int8multirange, began_at timestamptz not null`;

/** The COPY stream of a fold's transfers, sorted by key, in chunks of about 64 KiB. */
export function* copyRows(fold: Fold): Generator<Buffer> {
  const { versions, origins, tokens } = fold.names;
  const out = new Writer();
  out.bytes(header);
  for (const index of fold.sorted()) {
    const version = at(versions, fold.version[index]);
    const origin = at(origins, fold.origin[index]);
    const beyond = fold.beyond.get(index);
    const full = out.makeRoom(rowRoom + (beyond?.length ?? 0) * 21);
    if (full) yield full;
    out.int16(columns);
    out.int32(8);
    out.int32(fold.visitorHi[index] as number);
    out.int32(fold.visitorLo[index] as number);
    out.id(version.id);
    out.text(at(tokens, fold.token[index]));
    out.int32(4);
    out.int32((fold.day[index] as number) - epochDay);
    out.id(version.file);
    out.id(origin.id);
    out.int64(fold.sent[index] as number);
    out.int64(version.size);
    out.int64(fold.front[index] as number);
    out.int64(((fold.firstAt[index] as number) - epochMs) * 1000);
    out.int64(((fold.lastAt[index] as number) - epochMs) * 1000);
    out.int32(4);
    out.int32(fold.count[index] as number);
    out.text(origin.class);
    out.text(origin.edge);
    out.multirange(beyond);
    out.int64(((fold.beganAt[index] as number) - epochMs) * 1000);
  }
  const full = out.makeRoom(trailer.length);
  if (full) yield full;
  out.bytes(trailer);
  yield out.take();
}

function at<T>(list: readonly T[], index: number | undefined): T {
  const item = list[index as number];
  if (item === undefined) throw new RangeError(`no name has the number ${index}`);
  return item;
}

class Writer {
  #buffer = Buffer.allocUnsafe(chunkSize);
  #end = 0;

  /** The chunk so far, when fewer than `room` bytes are free in it. */
  makeRoom(room: number): Buffer | undefined {
    if (this.#end + room <= this.#buffer.length) return undefined;
    const full = this.take();
    this.#buffer = Buffer.allocUnsafe(Math.max(chunkSize, room));
    return full;
  }

  take(): Buffer {
    const taken = this.#buffer.subarray(0, this.#end);
    this.#end = 0;
    return taken;
  }

  bytes(bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  int16(value: number): void {
    this.#end = this.#buffer.writeInt16BE(value, this.#end);
  }

  int32(value: number): void {
    const buffer = this.#buffer;
    let end = this.#end;
    buffer[end++] = value >>> 24;
    buffer[end++] = value >>> 16;
    buffer[end++] = value >>> 8;
    buffer[end++] = value;
    this.#end = end;
  }

  /** A bigint field from a number: any integer a double can hold. */
  int64(value: number): void {
    this.int32(8);
    this.int32(Math.floor(value / two32) | 0);
    this.int32(value | 0);
  }

  id(id: Id): void {
    this.int32(8);
    this.int32(id.hi);
    this.int32(id.lo);
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
