// The pieces of lines that were met, by their bytes, for byte-reader.ts.

import { ByteNames } from '../../record/byte-names.ts';
import type { ByteLayout } from './byte-layout.ts';

/** The pieces of one field that were met, and what each is. */
export class KnownPieces<T> {
  readonly step: number;
  /** Whether the layout has it; otherwise there is one value for all lines. */
  readonly #isThere: boolean;
  /** The piece of the line just read: -1 and undefined where it is new. */
  entry = -1;
  found: T | undefined;
  #pieces = new ByteNames();
  #values: T[] = [];

  constructor(step: number, { steps }: ByteLayout) {
    this.step = step;
    this.#isThere = step < steps.length;
  }

  get size(): number {
    return this.#values.length;
  }

  find(view: DataView, starts: Int32Array, ends: Int32Array): boolean {
    if (!this.#isThere) return this.entry >= 0;
    this.entry = this.#pieces.find(view, starts[this.step] as number, ends[this.step] as number);
    this.found = this.#values[this.entry];
    return this.entry >= 0;
  }

  add(view: DataView, starts: Int32Array, ends: Int32Array, value: T): void {
    this.entry = this.#pieces.add(view, starts[this.step] as number, ends[this.step] as number, 0);
    this.#values.push(value);
    this.found = value;
  }

  clear(): void {
    this.#pieces = new ByteNames();
    this.#values = [];
    this.entry = -1;
    this.found = undefined;
  }
}
