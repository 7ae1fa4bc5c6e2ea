// What a batch's new transfers add to the tallies, as rows of the temporary table `deltas`.

import { enlarged } from './columns.ts';

/**
 * Columns of numbers, whose memory the next batch uses again. Objects would reach V8's old generation and wait for a major
 * collection.
 */
export class TallyColumns {
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
  sizeUnknown = new Float64Array(0);

  clear(): void {
    this.size = 0;
  }

  /** Adds a row of zeros, and returns its number. */
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
    this.sizeUnknown[row] = 0;
    return row;
  }

  #grow(room: number): void {
    this.version = enlarged(this.version, room);
    this.origin = enlarged(this.origin, room);
    this.bucket = enlarged(this.bucket, room);
    this.requests = enlarged(this.requests, room);
    this.downloads = enlarged(this.downloads, room);
    this.completed = enlarged(this.completed, room);
    this.copies = enlarged(this.copies, room);
    this.bytes = enlarged(this.bytes, room);
    this.sizeUnknown = enlarged(this.sizeUnknown, room);
  }
}
