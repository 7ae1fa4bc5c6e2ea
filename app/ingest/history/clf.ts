// The usual logs of NGINX and Apache: common, combined, and combined with a virtual host in front. What such a line does
// not say (the file's size, where a range began) stays unknown.

import { createHmac } from 'node:crypto';
import { addressBinding } from '../../../njs/link/address.ts';
import { dayLength } from '../record/day.ts';
import { type Reading, type Reason, readRecord } from '../record/record.ts';
import { clientTagOf } from './line-hash.ts';

export type Format = 'records' | 'combined' | 'common' | 'vhost_combined';

export type ClfOptions = {
  format: Exclude<Format, 'records'>;
  edge: string;
  /** For formats that do not name the host. */
  host: string;
  methods: ReadonlySet<string>;
  /** Which decoded paths are counted. */
  matches: (path: string) => boolean;
  /** The key that addresses are hashed with (import-salt.ts). */
  salt: Uint8Array;
};

const text = '((?:[^"\\\\]|\\\\.)*)';
const start =
  '(\\S+) \\S+ .*? \\[(\\d\\d)/(\\w{3})/(\\d{4}):(\\d\\d):(\\d\\d):(\\d\\d) ([+-])(\\d\\d)(\\d\\d)\\] ';
const request = `"${text}" (\\d{3}) (\\d+|-)`;
const shapes = {
  common: new RegExp(`^()${start}${request}()()$`),
  combined: new RegExp(`^()${start}${request} "${text}" "${text}"`),
  vhost_combined: new RegExp(`^(\\S+) ${start}${request} "${text}" "${text}"`),
} as const;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The format of a line; undefined if we know none like it. */
export function formatOf(line: Buffer): Format | undefined {
  if (readRecord(line).kind === 'entry') return 'records';
  const latin = line.toString('latin1');
  if (shapes.combined.test(latin)) {
    // A virtual host in front makes the address the second word: `host address - user [...`.
    const words = latin.slice(0, latin.indexOf('[')).trim().split(/\s+/);
    return words.length > 3 && shapes.vhost_combined.test(latin) && looksLikeAddress(words[1] as string)
      ? 'vhost_combined'
      : 'combined';
  }
  return shapes.common.test(latin) ? 'common' : undefined;
}

/** Reads one line of such a log. */
export function readClf(line: Buffer, options: ClfOptions): Reading {
  if (line.includes(0)) return { kind: 'reject', reason: 'nul' };
  const found = shapes[options.format].exec(line.toString('latin1'));
  if (!found) return { kind: 'reject', reason: 'format' };
  const [, vhost = '', address = '', ...rest] = found;
  const [requestLine = '', status = '', sent = '', referrer = '', userAgent = ''] = rest.slice(9);
  const at = timeOf(rest.slice(0, 9));
  if (at === undefined) return { kind: 'reject', reason: 'time' };
  const target = readTarget(requestLine, status, options);
  if ('reason' in target) return { kind: 'reject', reason: target.reason };
  const agentText = readable(unquote(userAgent === '-' ? '' : userAgent));
  return {
    kind: 'entry',
    clientTag: clientTagOf(address),
    entry: {
      edge: options.edge,
      id: '',
      at,
      host: vhost.replace(/:\d+$/, '').toLowerCase() || options.host,
      path: target.path,
      etag: '',
      ms: 0,
      sent: sent === '-' ? 0 : Number(sent),
      // Such a line does not tell where a range began. A whole answer began at 0.
      from: status === '200' ? 0 : -1,
      size: 0,
      token: '',
      key: '',
      visitor: visitorOf(address, agentText, Math.floor(at / dayLength), options.salt),
      agent: agentText,
      referrer: /^https?:\/\/(?:[^/?#@]*@)?([A-Za-z0-9.-]{1,253})(?:[:/?#]|$)/.exec(referrer)?.[1] ?? '',
      country: '',
    },
  };
}

/** Milliseconds UTC; the line's own offset says where its clock stood, daylight saving included. */
function timeOf(fields: readonly string[]): number | undefined {
  const [day, month = '', year, hour, minute, second, sign, offsetHours, offsetMinutes] = fields;
  const monthIndex = months.indexOf(month);
  const local = Date.UTC(Number(year), monthIndex, Number(day), Number(hour), Number(minute), Number(second));
  if (monthIndex < 0 || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
  // There is no 31 June: Date would make it 1 July.
  if (new Date(local).getUTCMonth() !== monthIndex && Number(second) < 60) return undefined;
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60_000;
  const at = sign === '+' ? local - offset : local + offset;
  return at >= 1e12 && at < 1e13 ? at : undefined;
}

type Target = { path: string } | { reason: Reason };

function readTarget(requestLine: string, status: string, options: ClfOptions): Target {
  // First: what is no HTTP at all is answered with 400, and is no fault of the log.
  if (status !== '200' && status !== '206') return { reason: 'filtered_status' };
  const [, method, target] = /^([A-Z]+) (\S+) HTTP\/\d(?:\.\d)?$/.exec(requestLine) ?? [];
  if (method === undefined || target === undefined) return { reason: 'request_line' };
  if (!options.methods.has(method)) return { reason: 'filtered_method' };
  const path = decodePath(target);
  if (path === undefined) return { reason: 'path' };
  return options.matches(path) ? { path } : { reason: 'filtered_path' };
}

/** The path of a request target as NGINX's $uri has it: no query, decoded once, normalised. */
export function decodePath(target: string): string | undefined {
  const path =
    unquote(target)
      .replace(/^https?:\/\/[^/?#]*/i, '')
      .replace(/[?#].*$/s, '') || '/';
  if (!path.startsWith('/') || /%(?![0-9A-Fa-f]{2})/.test(path)) return undefined;
  const bytes = Buffer.from(
    path.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
  try {
    const decoded = utf8.decode(bytes);
    return decoded.includes('\0') || decoded.length > 4096 ? undefined : normalise(decoded);
  } catch {
    // Not UTF-8: PostgreSQL's text cannot hold it, and a guessed encoding would be an invented name.
    return undefined;
  }
}

function normalise(path: string): string | undefined {
  const kept: string[] = [];
  const segments = path.split('/').slice(1);
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1;
    if (segment === '..') {
      if (kept.pop() === undefined) return undefined;
      if (last) kept.push('');
    } else if (segment === '.' || segment === '') {
      if (last) kept.push('');
    } else {
      kept.push(segment);
    }
  }
  return `/${kept.join('/')}`;
}

/** Undoes what NGINX (\xHH) and Apache (\", \\, \xhh) write for bytes they will not print. Latin-1 in and out. */
function unquote(escaped: string): string {
  if (!escaped.includes('\\')) return escaped;
  return escaped.replace(/\\(?:x([0-9A-Fa-f]{2})|(.))/g, (_, hex: string | undefined, plain: string) =>
    hex === undefined ? plain : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Bytes as text that PostgreSQL can hold, cut as a record's texts are. */
function readable(latin: string): string {
  return Buffer.from(latin, 'latin1')
    .toString('utf8')
    .replaceAll('\0', '\ufffd')
    .slice(0, 512)
    .replace(/\p{Surrogate}/gu, '\ufffd');
}

/** Hashed as a live request's address is (njs/visitor/visitor.ts), with a key of its own for each day. */
function visitorOf(address: string, userAgent: string, day: number, salt: Uint8Array): string {
  const daily = createHmac('sha256', salt).update(`tallygate-import-v1\n${day}\n`).digest();
  const hash = createHmac('sha256', daily)
    .update(`${addressBinding(address.toLowerCase())}\n${userAgent}`)
    .digest();
  return hash.subarray(0, 8).toString('base64url');
}

function looksLikeAddress(word: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$|:.*:/.test(word);
}
