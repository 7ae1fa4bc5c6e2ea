// The fast reading of a record: over the bytes of a line, in the fixed order of its keys. Text that it has not met before,
// and any line that is not exactly as NGINX writes it, goes to the plain reading (record.ts): the fast reading only
// recognises what the plain one has accepted. A test holds both together.

import { ByteNames, viewOf } from './byte-names.ts';
import {
  beforeAgent,
  beforeAt,
  beforeFrom,
  beforeHost,
  beforeId,
  beforeKey,
  beforeMs,
  beforeSent,
  beforeSize,
  beforeStatus,
  beforeToken,
  beforeVisitor,
  isHex,
  isKey,
  isToken,
  type Literal,
  opening,
} from './bytes.ts';
import { LineHash, TextHash } from './line-hash.ts';
import { droppedOrigin, type Names } from './names.ts';
import type { Entry } from './record.ts';
import { RequestNumbers } from './request.ts';
import type { SightReader } from './sight-reader.ts';
import { sextet } from './visitor.ts';

const [quote, backslash, zero, nine, dot, brace] = [0x22, 0x5c, 0x30, 0x39, 0x2e, 0x7d];

/** Host, path and entity tag as they stand in a line, and the versions known of them by size. */
type FileText = { host: string; path: string; etag: string; size: number; version: number };
/** User agent, referrer and country likewise, and which origin they are at the edge that was last seen. */
type OriginText = { agent: string; referrer: string; country: string; edge: number; origin: number };

export class FastReader implements SightReader {
  readonly names: Names;
  readonly request = new RequestNumbers();

  readonly #edges = new ByteNames();
  readonly #files = new ByteNames();
  readonly #fileTexts: FileText[] = [];
  readonly #tokens = new ByteNames();
  readonly #keys = new ByteNames();
  readonly #origins = new ByteNames();
  readonly #originTexts: OriginText[] = [];
  #buffer: Buffer = Buffer.alloc(0);
  #view = viewOf(this.#buffer);
  /** Whether the line last read has the form of a record, so that `learn` may keep its pieces. */
  #hasPieces = false;
  // Those pieces, and their entries among the pieces known (-1: new).
  #pos = 0;
  #idStart = 0;
  #edgeStart = 0;
  #edgeEnd = 0;
  #fileStart = 0;
  #fileEnd = 0;
  #originStart = 0;
  #originEnd = 0;
  #fileEntry = -1;
  #originEntry = -1;
  #edgeEntry = -1;
  #number = 0;
  readonly #hash = new LineHash();
  readonly #idHash = new TextHash();

  constructor(names: Names) {
    this.names = names;
  }

  read(buffer: Buffer, start: number, end: number): boolean {
    if (buffer !== this.#buffer) {
      this.#buffer = buffer;
      this.#view = viewOf(buffer);
    }
    this.#hasPieces = this.#pieces(buffer, start, end);
    if (!this.#hasPieces) return false;
    if (this.#edgeEntry < 0 || this.#fileEntry < 0 || this.#originEntry < 0) return false;
    this.request.edge = this.#edges.numbers[this.#edgeEntry] as number;
    this.#resolveOrigin(this.#originTexts[this.#originEntry] as OriginText);
    // A line that is dropped makes no version known.
    if (this.request.origin !== droppedOrigin)
      this.#resolveVersion(this.#fileTexts[this.#fileEntry] as FileText, this.#number);
    return true;
  }

  learn(entry: Entry, dropped = false): void {
    if (!this.#hasPieces) return;
    const { names } = this;
    if (this.#edgeEntry < 0)
      this.#edges.add(this.#view, this.#edgeStart, this.#edgeEnd, names.edge(entry.edge));
    if (this.#originEntry < 0) {
      const { agent, referrer, country } = entry;
      this.#origins.add(this.#view, this.#originStart, this.#originEnd, 0);
      this.#originTexts.push({ agent, referrer, country, edge: -1, origin: -1 });
    }
    if (this.#fileEntry < 0 && !dropped) {
      const { host, path, etag, size } = entry;
      this.#files.add(this.#view, this.#fileStart, this.#fileEnd, 0);
      this.#fileTexts.push({ host, path, etag, size, version: names.version(host, path, etag, size) });
    }
  }

  hash(): LineHash {
    return this.#hash.ofId(this.#idHash.ofBytes(this.#buffer, this.#idStart, this.#idStart + 32), 0);
  }

  #pieces(buffer: Buffer, start: number, end: number): boolean {
    this.#pos = start;
    if (end - start < 200 || buffer[end - 1] !== brace || buffer[end - 2] !== quote) return false;
    if (!this.#literal(opening)) return false;
    this.#edgeStart = this.#pos;
    if (!this.#plainText(buffer, isToken, 64, true)) return false;
    this.#edgeEnd = this.#pos;
    if (!this.#literal(beforeId) || !this.#id(buffer) || !this.#literal(beforeAt)) return false;
    if (!this.#time(buffer) || !this.#literal(beforeHost)) return false;
    this.#fileStart = this.#pos;
    if (!this.#toStatus(buffer, end)) return false;
    this.#fileEnd = this.#pos;
    if (!this.#literal(beforeStatus)) return false;
    const status = buffer[this.#pos++] as number;
    if (status !== zero && status !== zero + 6) return false;
    if (!this.#literal(beforeSent) || !this.#integer(buffer)) return false;
    this.request.sent = this.#number;
    if (!this.#literal(beforeFrom) || !this.#integer(buffer)) return false;
    this.request.from = this.#number;
    if (!this.#literal(beforeSize) || !this.#integer(buffer)) return false;
    const size = this.#number;
    if (!this.#literal(beforeMs) || !this.#integer(buffer)) return false;
    this.request.ms = this.#number;
    if (!this.#tokenAndKey(buffer) || !this.#visitor(buffer) || !this.#literal(beforeAgent)) return false;
    this.#originStart = this.#pos;
    this.#originEnd = end - 2;
    if (this.#originEnd < this.#originStart) return false;
    this.#edgeEntry = this.#edges.find(this.#view, this.#edgeStart, this.#edgeEnd);
    this.#fileEntry = this.#files.find(this.#view, this.#fileStart, this.#fileEnd);
    this.#originEntry = this.#origins.find(this.#view, this.#originStart, this.#originEnd);
    this.#number = size;
    return true;
  }

  #literal({ words, rest, length }: Literal): boolean {
    const view = this.#view;
    let pos = this.#pos;
    if (pos + length > view.byteLength) return false;
    for (let i = 0; i < words.length; i += 1, pos += 4)
      if (view.getInt32(pos, true) !== words[i]) return false;
    for (let i = 0; i < rest.length; i += 1, pos += 1) if (view.getUint8(pos) !== rest[i]) return false;
    this.#pos = pos;
    return true;
  }

  #plainText(buffer: Buffer, allowed: Uint8Array, most: number, dots: boolean): boolean {
    let pos = this.#pos;
    const limit = pos + most;
    for (; pos <= limit; pos += 1) {
      const code = buffer[pos] as number;
      if (allowed[code] === 1 || (dots && code === dot)) continue;
      this.#pos = pos;
      return code === quote;
    }
    return false;
  }

  #id(buffer: Buffer): boolean {
    const pos = this.#pos;
    for (let i = 0; i < 32; i += 1) if (isHex[buffer[pos + i] as number] !== 1) return false;
    this.#idStart = pos;
    this.#pos = pos + 32;
    return true;
  }

  /** 1795239731.342: ten digits, none of them a leading zero, and three. */
  #time(buffer: Buffer): boolean {
    const pos = this.#pos;
    if (buffer[pos] === zero || buffer[pos + 10] !== dot) return false;
    let seconds = 0;
    let thousandths = 0;
    for (let i = 0; i < 10; i += 1) {
      const code = buffer[pos + i] as number;
      if (code < zero || code > nine) return false;
      seconds = seconds * 10 + code - zero;
    }
    for (let i = 11; i < 14; i += 1) {
      const code = buffer[pos + i] as number;
      if (code < zero || code > nine) return false;
      thousandths = thousandths * 10 + code - zero;
    }
    this.request.at = seconds * 1000 + thousandths;
    this.#pos = pos + 14;
    return true;
  }

  /** A number below 10^15, without leading zeros. */
  #integer(buffer: Buffer): boolean {
    let pos = this.#pos;
    const begin = pos;
    let number = 0;
    for (;;) {
      const code = buffer[pos] as number;
      if (code < zero || code > nine) break;
      number = number * 10 + code - zero;
      pos += 1;
    }
    const digits = pos - begin;
    if (digits === 0 || digits > 15 || (digits > 1 && buffer[begin] === zero)) return false;
    this.#number = number;
    this.#pos = pos;
    return true;
  }

  /** Goes to the quote that ends the entity tag: the unescaped one before `,"status":`. */
  #toStatus(buffer: Buffer, end: number): boolean {
    let pos = this.#pos;
    for (; pos < end; pos += 1) {
      const code = buffer[pos];
      if (code === backslash) pos += 1;
      else if (code === quote && buffer[pos + 3] === 0x73 && buffer[pos + 4] === 0x74) break;
    }
    this.#pos = pos;
    return pos < end;
  }

  #tokenAndKey(buffer: Buffer): boolean {
    if (!this.#literal(beforeToken)) return false;
    const tokenStart = this.#pos;
    if (!this.#plainText(buffer, isToken, 32, false)) return false;
    const tokenEnd = this.#pos;
    if (!this.#literal(beforeKey)) return false;
    const keyStart = this.#pos;
    if (!this.#plainText(buffer, isKey, 16, false)) return false;
    this.request.token = this.#known(this.#tokens, tokenStart, tokenEnd, 't');
    this.request.key = this.#known(this.#keys, keyStart, this.#pos, 'k');
    return true;
  }

  /** The number of a token or key id. Its characters were checked, so it needs no plain reading. */
  #known(pieces: ByteNames, start: number, end: number, kind: 't' | 'k'): number {
    const entry = pieces.find(this.#view, start, end);
    if (entry >= 0) return pieces.numbers[entry] as number;
    const text = this.#buffer.toString('latin1', start, end);
    const number = kind === 't' ? this.names.token(text) : this.names.key(text);
    pieces.add(this.#view, start, end, number);
    return number;
  }

  #visitor(buffer: Buffer): boolean {
    if (!this.#literal(beforeVisitor)) return false;
    const pos = this.#pos;
    let valid = 0;
    let hi = 0;
    let lo = 0;
    for (let i = 0; i < 5; i += 1) {
      const value = sextet(buffer[pos + i] as number);
      valid |= value;
      hi = (hi << 6) | value;
    }
    const middle = sextet(buffer[pos + 5] as number);
    valid |= middle;
    lo = middle & 15;
    for (let i = 6; i < 10; i += 1) {
      const value = sextet(buffer[pos + i] as number);
      valid |= value;
      lo = (lo << 6) | value;
    }
    const last = sextet(buffer[pos + 10] as number);
    if ((valid | last) < 0 || (last & 3) !== 0) return false;
    this.request.visitorHi = (hi << 2) | (middle >> 4);
    this.request.visitorLo = (lo << 4) | (last >> 2);
    this.#pos = pos + 11;
    return true;
  }

  #resolveVersion(text: FileText, size: number): void {
    if (text.size !== size) {
      text.size = size;
      text.version = this.names.version(text.host, text.path, text.etag, size);
    }
    this.request.version = text.version;
  }

  #resolveOrigin(text: OriginText): void {
    if (text.edge !== this.request.edge) {
      text.edge = this.request.edge;
      const edge = this.names.edges[this.request.edge] as string;
      text.origin = this.names.origin(edge, text.agent, text.referrer, text.country);
    }
    this.request.origin = text.origin;
  }
}
