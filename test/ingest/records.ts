// Records for tests, as NGINX would write them.

import { createHash, randomBytes } from 'node:crypto';

export type RecordFields = {
  edge: string;
  id: string;
  at: number;
  host: string;
  path: string;
  etag: string;
  status: number;
  sent: number;
  from: number;
  size: number;
  ms: number;
  token: string;
  key: string;
  visitor: string;
  agent: string;
  referrer: string;
  country: string;
};

/** Noon UTC three days ago, in seconds: a past that no retention has closed, whatever day it is. */
export const noon = Math.floor(Date.now() / 86_400_000 - 3) * 86_400 + 43_200;

/** The UTC day of a time in seconds, as 2026-11-20. */
export function dayOf(at: number): string {
  return new Date(at * 1000).toISOString().slice(0, 10);
}

/** A whole download of a file of 1000 bytes, but for what is given. */
export function record(fields: Partial<RecordFields> = {}): RecordFields {
  const sent = fields.sent ?? 1000;
  return {
    edge: 'fra1',
    id: randomBytes(16).toString('hex'),
    at: noon,
    host: 'dl.example.org',
    path: '/files/a.iso',
    etag: '"67-3e8"',
    status: sent === 1000 ? 200 : 206,
    sent,
    from: 0,
    size: 1000,
    ms: 12,
    token: '',
    key: 'a1',
    visitor: visitor('someone'),
    agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
    referrer: 'example.org',
    country: '',
    ...fields,
  };
}

/** The line for a record: fixed key order, ASCII, `at` with three decimals; without the line end. */
export function line(fields: Partial<RecordFields> = {}): string {
  const { edge, id, at, ...rest } = record(fields);
  const json = JSON.stringify({ v: 1, edge, id, at: 0, ...rest });
  return ascii(json.replace('"at":0', `"at":${at.toFixed(3)}`));
}

export function lines(records: readonly Partial<RecordFields>[]): string {
  return records.map((fields) => `${line(fields)}\n`).join('');
}

/** A visitor's hash for a name. */
export function visitor(name: string): string {
  return createHash('sha256').update(name).digest().subarray(0, 8).toString('base64url');
}

function ascii(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
