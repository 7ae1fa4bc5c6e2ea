// The fast reading of other servers' lines: over their bytes, for layouts of simple fields (byte-layout.ts). A piece that it has
// not met before, and any line that is not exactly as the layout has it, goes to the scanner. A test holds both together.

import { viewOf } from '../../record/byte-names.ts';
import { LineHash, TextHash } from '../../record/line-hash.ts';
import type { Names } from '../../record/names.ts';
import { type Entry, maxLineLength } from '../../record/record.ts';
import { RequestNumbers } from '../../record/request.ts';
import type { SightReader } from '../../record/sight-reader.ts';
import { fieldEnd, holds, isId } from './byte-fields.ts';
import type { ByteLayout, ByteStep } from './byte-layout.ts';
import { KnownPieces } from './byte-pieces.ts';
import { ByteTime, digitsAt } from './byte-time.ts';
import { ByteVisitors } from './byte-visitors.ts';
import type { VisitorHash } from './client.ts';
import { isLogTime } from './entry.ts';
import type { Kind } from './fields.ts';
import type { Layout } from './format.ts';

/** What a file, a user agent and a referrer are known as. */
type Halves = { readonly hi: number; readonly lo: number };
type Host = { versions: Map<number, FileOf> };
type FileOf = { version: number; host: Halves; path: Halves };
type Agent = { text: string; hash: Halves; origins: Map<number, number> };
type Referrer = { text: string; hash: Halves };

/** So many pieces of a kind are remembered; with more it begins anew. */
const mostKnown = 20_000;
/** Longer pieces are not worth the memory. */
const longestPiece = 1024;
/** The first byte of UTF-8's mark at the front of a file. */
const markOfFile = 0xef;
const [carriageReturn, dot] = [13, 0x2e];

export class ByteReader implements SightReader {
  readonly names: Names;
  readonly request = new RequestNumbers();
  readonly #layout: ByteLayout;
  readonly #timeIsStart: boolean;
  readonly #edge: string;
  readonly #time = new ByteTime();
  readonly #visitors: ByteVisitors;
  readonly #hash = new LineHash();
  readonly #text = new TextHash();
  readonly #place: Readonly<Record<'what' | 'status' | 'sent' | 'seconds' | 'id', number>>;
  readonly #methods: KnownPieces<true>;
  readonly #files: KnownPieces<Host>;
  readonly #hosts: KnownPieces<true>;
  readonly #agents: KnownPieces<Agent>;
  readonly #referrers: KnownPieces<Referrer>;
  readonly #known: readonly KnownPieces<unknown>[];
  #buffer: Buffer = Buffer.alloc(0);
  #view = viewOf(this.#buffer);
  /** Where each field begins and ends. Behind the last one stands an empty field, for what the layout does not say. */
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  #hasPieces = false;
  #file: FileOf | undefined;

  constructor(
    names: Names,
    layout: ByteLayout,
    { timeIsStart, strict }: Pick<Layout, 'timeIsStart' | 'strict'>,
    { edge, visitors }: { edge: string; visitors: VisitorHash },
  ) {
    this.names = names;
    this.#layout = layout;
    this.#timeIsStart = timeIsStart;
    this.#edge = edge;
    this.#visitors = new ByteVisitors(layout, strict, visitors);
    const { place, steps } = layout;
    const first = (...kinds: Kind[]) => kinds.map(place).find((step) => step < steps.length) ?? steps.length;
    this.#starts = new Int32Array(steps.length + 1);
    this.#ends = new Int32Array(steps.length + 1);
    this.#place = {
      what: first('request', 'path', 'target'),
      status: place('status'),
      sent: first('sent', 'bytes'),
      seconds: place('seconds'),
      id: place('id'),
    };
    this.#methods = new KnownPieces(place('method'), layout);
    this.#files = new KnownPieces(this.#place.what, layout);
    this.#hosts = new KnownPieces(place('host'), layout);
    this.#agents = new KnownPieces(place('agent'), layout);
    this.#referrers = new KnownPieces(place('referrer'), layout);
    this.#known = [this.#methods, this.#files, this.#hosts, this.#agents, this.#referrers];
    this.request.token = names.token('');
    this.request.key = names.key('');
    this.request.edge = names.edge(edge);
  }

  read(buffer: Buffer, start: number, end: number): boolean {
    if (buffer !== this.#buffer) {
      this.#buffer = buffer;
      this.#view = viewOf(buffer);
    }
    const { request } = this;
    this.#hasPieces =
      end - start <= maxLineLength &&
      buffer[start] !== markOfFile &&
      this.#cut(buffer, start, buffer[end - 1] === carriageReturn ? end - 1 : end) &&
      this.#numbers(buffer);
    if (!this.#hasPieces) return false;
    let allKnown = true;
    for (const known of this.#known) allKnown = known.find(this.#view, this.#starts, this.#ends) && allKnown;
    const [file, agent, referrer] = [this.#files.found, this.#agents.found, this.#referrers.found];
    if (!allKnown || !file || !agent || !referrer) return false;
    this.#file = file.versions.get(this.#hosts.entry);
    if (!this.#file) return false;
    const visitor = this.#visitors;
    if (
      !visitor.find(buffer, this.#view, this.#starts, this.#ends, this.#agents.entry, agent.text, request.at)
    )
      return false;
    request.visitorHi = visitor.hi;
    request.visitorLo = visitor.lo;
    request.version = this.#file.version;
    request.origin = this.#originOf(agent, referrer.text);
    return true;
  }

  learn(entry: Entry, dropped = false): void {
    if (!this.#hasPieces || this.#isLong()) return;
    if (this.#known.some((known) => known.size >= mostKnown)) this.#forget();
    const { names } = this;
    const hashOf = (text: string): Halves => {
      const { hi, lo } = this.#text.of(text);
      return { hi, lo };
    };
    const { agent, referrer, host, path, etag, size } = entry;
    this.#keep(this.#agents, () => ({ text: agent, hash: hashOf(agent), origins: new Map() }));
    this.#keep(this.#referrers, () => ({ text: referrer, hash: hashOf(referrer) }));
    if (dropped) return;
    this.#keep(this.#methods, () => true);
    this.#keep(this.#hosts, () => true);
    this.#keep(this.#files, () => ({ versions: new Map() }));
    const { found } = this.#files;
    if (found && !found.versions.has(this.#hosts.entry)) {
      const version = names.version(host, path, etag, size);
      found.versions.set(this.#hosts.entry, { version, host: hashOf(host), path: hashOf(path) });
    }
  }

  hash(): LineHash {
    const { id } = this.#place;
    const [start, end] = [this.#starts[id] as number, this.#ends[id] as number];
    if (isId(this.#buffer, start, end))
      return this.#hash.ofId(this.#text.ofBytes(this.#buffer, start, end), this.#visitors.tag);
    const { host, path } = this.#file as FileOf;
    this.#hash.begin(this.request, this.#visitors.tag);
    this.#hash.add(host);
    this.#hash.add(path);
    this.#hash.add((this.#agents.found as Agent).hash);
    this.#hash.add((this.#referrers.found as Referrer).hash);
    return this.#hash.finish();
  }

  /** Finds the fields; false where the line is not exactly as the layout has it. */
  #cut(buffer: Buffer, start: number, end: number): boolean {
    const { first, steps } = this.#layout;
    if (!holds(buffer, start, first)) return false;
    let pos = start + first.length;
    for (let index = 0; index < steps.length; index += 1) {
      const step = steps[index] as ByteStep;
      this.#starts[index] = pos;
      pos = step.kind === 'time' ? this.#time.read(buffer, pos, end) : fieldEnd(buffer, pos, end, step);
      if (pos < 0) return false;
      this.#ends[index] = pos;
      if (!holds(buffer, pos, step.behind)) return false;
      pos += step.behind.length;
    }
    return pos === end;
  }

  /** Reads what is a number. False where one is none. */
  #numbers(buffer: Buffer): boolean {
    const { request } = this;
    const { status, sent, seconds } = this.#place;
    const code = this.#starts[status] as number;
    if ((this.#ends[status] as number) !== code + 3) return false;
    const answer = digitsAt(buffer, code, 3);
    if (answer !== 200 && answer !== 206) return false;
    const missing = this.#layout.steps.length;
    request.sent = sent === missing ? 1 : this.#integer(buffer, sent);
    request.ms = seconds === missing ? 0 : this.#thousandths(buffer, seconds);
    if (request.sent < 0 || request.ms < 0) return false;
    // A whole answer began at 0. Of a part nobody knows.
    request.from = answer === 200 ? 0 : -1;
    request.at = this.#timeIsStart ? this.#time.value + request.ms : this.#time.value;
    return isLogTime(request.at);
  }

  #integer(buffer: Buffer, step: number): number {
    const start = this.#starts[step] as number;
    const length = (this.#ends[step] as number) - start;
    return length > 0 && length <= 15 ? digitsAt(buffer, start, length) : -1;
  }

  /** Milliseconds of 12.345 seconds. */
  #thousandths(buffer: Buffer, step: number): number {
    const start = this.#starts[step] as number;
    const point = (this.#ends[step] as number) - 4;
    if (point <= start || point > start + 8 || buffer[point] !== dot) return -1;
    const whole = digitsAt(buffer, start, point - start);
    const part = digitsAt(buffer, point + 1, 3);
    return whole < 0 || part < 0 ? -1 : whole * 1000 + part;
  }

  #originOf({ text, origins }: Agent, referrer: string): number {
    const { entry } = this.#referrers;
    let origin = origins.get(entry);
    if (origin === undefined) {
      origin = this.names.origin(this.#edge, text, referrer, '');
      origins.set(entry, origin);
    }
    return origin;
  }

  #keep<T>(known: KnownPieces<T>, make: () => T): void {
    if (known.entry < 0) known.add(this.#view, this.#starts, this.#ends, make());
  }

  #isLong(): boolean {
    return this.#known.some(
      ({ step }) => (this.#ends[step] as number) - (this.#starts[step] as number) > longestPiece,
    );
  }

  #forget(): void {
    for (const known of this.#known) known.clear();
    this.#visitors.clear();
  }
}
