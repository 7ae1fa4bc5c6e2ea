// From what a line says to the request that is counted, or to the reason why it is not.

import { noUserAgentTold } from '../../record/classify.ts';
import type { Entry, Reading, Reason } from '../../record/record.ts';
import { type ClientOf, VisitorHash } from './client.ts';
import type { Fields, Kind } from './fields.ts';
import type { Layout } from './format.ts';
import { bareAddress, isAddress, isHostName } from './host-name.ts';
import { decodePath, hostOfTarget, readPath, readRequestLine } from './target.ts';
import { copied, readable, unescaped } from './text.ts';

export type ReadOptions = {
  edge: string;
  /** For formats that do not name the host. */
  host: string;
  methods: ReadonlySet<string>;
  /** Which decoded paths are counted. */
  matches: (path: string) => boolean;
  /** The key that addresses are hashed with (import-salt.ts). */
  salt: Uint8Array;
  clientOf: ClientOf;
};

type Target = { method: string; path: string | undefined; host: string | undefined };

/** What was read once is known by its text: most lines repeat a few thousand of them. */
const mostKnown = 20_000;
/** Years that a web server can have written, in milliseconds: 1990 to 2286. */
const [earliest, latest] = [Date.UTC(1990), 1e13];

/** Written so that what is no number is none. */
export const isLogTime = (at: number): boolean => at >= earliest && at < latest;

export class EntryReader {
  readonly #options: ReadOptions;
  readonly #layout: Omit<Layout, 'tokens'>;
  readonly visitors: VisitorHash;
  /** A file's size is known only where answers of both kinds tell it: else one download would be two versions. */
  readonly #tellsSize: boolean;
  readonly #requests = new Map<string, Target | undefined>();
  readonly #agents = new Map<string, string>();
  readonly #hosts = new Map<string, string>();
  readonly #referrers = new Map<string, string>();

  constructor(layout: Omit<Layout, 'tokens'>, kinds: ReadonlySet<Kind>, options: ReadOptions) {
    this.#options = options;
    this.#layout = layout;
    this.visitors = new VisitorHash(options.salt, options.clientOf);
    this.#tellsSize = kinds.has('size') || (kinds.has('contentLength') && kinds.has('contentRange'));
  }

  /** @param time milliseconds since 1970 */
  read(fields: Fields, time: number): Reading {
    const ms = durationOf(fields);
    const at = this.#layout.timeIsStart ? time + ms : time;
    if (!isLogTime(at)) return reject('time');
    const target = this.#target(fields);
    if (!target) return reject('request_line');
    if (!this.#options.methods.has(target.method)) return reject('filtered_method');
    const { status } = fields;
    if (status !== '200' && status !== '206') return reject('filtered_status');
    if (target.path === undefined) return reject('path');
    if (!this.#options.matches(target.path)) return reject('filtered_path');
    const agent = fields.agent === undefined ? noUserAgentTold : this.#agent(fields.agent);
    const { socket, address = '', forwarded } = fields;
    const length = numberOf(fields.contentLength);
    const told = this.#range(fields, status);
    const entry: Entry = {
      edge: this.#options.edge,
      id: idOf(fields.id),
      at,
      host: this.#host(fields.host ?? (this.#layout.hostOfTarget ? target.host : undefined)),
      path: target.path,
      etag:
        fields.etag === undefined || fields.etag === '-'
          ? ''
          : readable(unescaped(fields.etag, this.#layout.escaping)).slice(0, 128),
      ms,
      sent: sentOf(fields.sent, fields.bytes, length),
      // A whole answer began at 0. Of a part without its range nobody knows.
      from: status === '200' ? 0 : (told?.from ?? -1),
      size: this.#tellsSize ? (numberOf(fields.size) ?? (status === '200' ? length : told?.size) ?? 0) : 0,
      token: '',
      key: '',
      visitor: this.visitors.of(socket ?? address, forwarded, socket !== undefined, agent, at),
      agent,
      referrer: this.#referrer(fields.referrer),
      country: '',
    };
    return { kind: 'entry', entry, clientTag: this.visitors.clientTag };
  }

  #target({ request, method, target, path }: Fields): Target | undefined {
    if (request === undefined) return this.#targetOf(method ?? 'GET', target, path);
    // Some call that a request which is only what was asked for.
    if (method !== undefined && /^(?:\/|https?:)/.test(request)) return this.#targetOf(method, request, path);
    const known = this.#requests.get(request);
    if (known !== undefined || this.#requests.has(request)) return known;
    const line = readRequestLine(unescaped(request, this.#layout.escaping));
    const found = line && {
      method: line.method,
      path: decodePath(line.target),
      host: hostOfTarget(line.target),
    };
    return remember(this.#requests, request, found);
  }

  #targetOf(method: string, target: string | undefined, path: string | undefined): Target | undefined {
    const upper = method.toUpperCase();
    if (!/^[A-Z_-]+$/.test(upper) || upper === '-') return undefined;
    const { escaping } = this.#layout;
    if (path !== undefined)
      return { method: upper, path: readPath(unescaped(withoutQuery(path), escaping)), host: undefined };
    // In W3C logs blanks and what is not ASCII are escaped for the log and in the address in one way.
    const plain = escaping === 'backslash' ? unescaped(target ?? '', escaping) : (target ?? '');
    return { method: upper, path: decodePath(plain), host: hostOfTarget(plain) };
  }

  #agent(text: string): string {
    const known = this.#agents.get(text);
    if (known !== undefined) return known;
    return remember(this.#agents, text, text === '-' ? '' : readable(unescaped(text, this.#layout.escaping)));
  }

  /** The host a line names. What is no host name is not one by our guess; an address only where the format says so. */
  #host(text: string | undefined): string {
    if (text === undefined) return this.#options.host;
    const known = this.#hosts.get(text);
    if (known !== undefined) return known;
    const said = unescaped(text, this.#layout.escaping).toLowerCase();
    const host = isAddress(said) ? bareAddress(said) : said.replace(/:\d*$/, '').replace(/\.$/, '');
    const isHost = isAddress(said) ? !this.#layout.strict : isHostName(host);
    return remember(this.#hosts, text, isHost ? host : this.#options.host);
  }

  #range({ contentRange, range }: Fields, status: string) {
    return status === '206' ? (rangeOf(contentRange) ?? rangeOf(range)) : undefined;
  }

  #referrer(text: string | undefined): string {
    if (text === undefined || text === '-' || text === '') return '';
    return this.#referrers.get(text) ?? remember(this.#referrers, text, referrerHost(text));
  }
}

const reject = (reason: Reason): Reading => ({ kind: 'reject', reason });

function remember<V>(known: Map<string, V>, text: string, value: V): V {
  if (known.size >= mostKnown) known.clear();
  known.set(copied(text), value);
  return value;
}

function withoutQuery(path: string): string {
  const query = path.indexOf('?');
  return query < 0 ? path : path.slice(0, query);
}

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined || text.length === 0 || text.length > 15) return undefined;
  let number = 0;
  for (let i = 0; i < text.length; i += 1) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  return number;
}

/** Bytes of the body. Of all bytes the headers are a part: no more than the body's length is its own. */
function sentOf(sent: string | undefined, bytes: string | undefined, length: number | undefined): number {
  if (sent !== undefined) return numberOf(sent) ?? 0;
  if (bytes === undefined) return 1;
  const all = numberOf(bytes) ?? 0;
  return length === undefined ? all : Math.min(all, length);
}

/** `bytes 100-199/1000` of an answer, `bytes=100-` of a request; undefined for several ranges and what is none. */
function rangeOf(text: string | undefined): { from: number; size: number | undefined } | undefined {
  const found =
    text === undefined ? null : /^bytes[ =](\d{1,15})-(?:\d{1,15})?(?:\/(\d{1,15}|\*))?$/.exec(text);
  return found ? { from: Number(found[1]), size: numberOf(found[2]) } : undefined;
}

/** Milliseconds. */
function durationOf({ seconds, milliseconds, microseconds, taken }: Fields): number {
  let time = 0;
  if (seconds !== undefined) time = Number(seconds) * 1000;
  else if (milliseconds !== undefined) time = Number(milliseconds);
  else if (microseconds !== undefined) time = Number(microseconds) / 1000;
  else if (taken !== undefined) time = taken.includes('.') ? Number(taken) * 1000 : Number(taken);
  return time > 0 && time < 1e12 ? Math.round(time) : 0;
}

function idOf(id: string | undefined): string {
  return id !== undefined && /^[0-9a-f]{32}$/.test(id) ? id : '';
}

function referrerHost(text: string): string {
  return /^https?:\/\/(?:[^/?#@]*@)?([A-Za-z0-9.-]{1,253})(?:[:/?#]|$)/.exec(text)?.[1] ?? '';
}
