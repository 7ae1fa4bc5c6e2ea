// The plain reading of a record: JSON.parse and a check of every field. app/ingest/record/fast-reader.ts reads the same
// lines faster, and falls back on this for any line it does not know at sight.

import { z } from 'zod';

/** Why a line was not counted; stored with it. */
export type Reason =
  | 'not_json'
  | 'not_utf8'
  | 'nul'
  | 'too_long'
  | 'unfinished'
  | 'version'
  | 'future'
  | 'day_closed'
  | 'duplicate'
  | 'known'
  | 'duplicate_key'
  | 'unknown_key'
  | 'too_old'
  | 'format'
  | 'time'
  | 'request_line'
  | 'path'
  | 'filtered_comment'
  | 'filtered_method'
  | 'filtered_status'
  | 'filtered_path'
  | 'filtered_agent'
  | 'filtered_time'
  | `field_${string}`;

/** One accepted request. `at` and `ms` in milliseconds, `at` when the request ended (UTC). */
export type Entry = {
  edge: string;
  id: string;
  at: number;
  host: string;
  path: string;
  etag: string;
  /** How long the request took; 0: not told. */
  ms: number;
  /** Bytes of the body that NGINX sent. */
  sent: number;
  /** The first byte's place in the file; -1: several ranges, whose bytes count and cover nothing. */
  from: number;
  /** The file's size; 0: unknown. */
  size: number;
  token: string;
  key: string;
  /** The 64-bit visitor hash, 11 characters of base64url. */
  visitor: string;
  agent: string;
  referrer: string;
  country: string;
};

/** What a line says. `clientTag` (0 to 255): eight bits of a hash of the client address, where a log has it (clientTagOf). */
export type Reading =
  | { kind: 'entry'; entry: Entry; clientTag?: number }
  | { kind: 'reject'; reason: Reason };

/** The longest line read as a record, in bytes without the line end; njs caps what it writes far below. */
export const maxLineLength = 32_768;

// More than any file has, and far below where a double loses integers.
const maxBytes = 2 ** 50;
const bytes = z.int().min(0).max(maxBytes);
/** Text that PostgreSQL can hold: no NUL, no half of a surrogate pair. */
const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => !/[\0\p{Surrogate}]/u.test(value));

const schema = z.strictObject({
  v: z.literal(1),
  edge: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
  id: z.string().regex(/^[0-9a-f]{32}$/),
  // Ten digits: September 2001 to November 2286.
  at: z.number().min(1e9).lt(1e10),
  host: text(255),
  path: text(4096).startsWith('/'),
  etag: text(256),
  status: z.union([z.literal(200), z.literal(206)]),
  sent: bytes,
  from: z.int().min(-1).max(maxBytes),
  size: bytes,
  ms: bytes,
  token: z.string().regex(/^[A-Za-z0-9_-]{0,32}$/),
  key: z.string().regex(/^[a-z0-9-]{0,16}$/),
  // 64 bits in 66: the last character's two spare bits are zero, so a visitor has one spelling.
  visitor: z.string().regex(/^[A-Za-z0-9_-]{10}[AEIMQUYcgkosw048]$/),
  agent: text(1024),
  referrer: text(255),
  country: text(64),
});

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads one line, without its line end. */
export function readRecord(line: Uint8Array): Reading {
  if (line.length > maxLineLength) return { kind: 'reject', reason: 'too_long' };
  if (line.includes(0)) return { kind: 'reject', reason: 'nul' };
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(line));
  } catch (error) {
    return { kind: 'reject', reason: error instanceof SyntaxError ? 'not_json' : 'not_utf8' };
  }
  const result = schema.safeParse(value);
  if (!result.success) return { kind: 'reject', reason: reasonOf(result.error) };
  // A key that stands twice: JSON.parse takes the last without a word, and nobody knows which one is true.
  if (countQuotes(line) !== quotesInRecord) return { kind: 'reject', reason: 'duplicate_key' };
  const { v: _v, status: _status, at, ...rest } = result.data;
  return { kind: 'entry', entry: { ...rest, at: Math.round(at * 1000) } };
}

/** 18 keys and 11 texts, two quotes each. */
const quotesInRecord = 2 * (18 + 11);

function countQuotes(line: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < line.length; i += 1) {
    if (line[i] === 0x5c) i += 1;
    else if (line[i] === 0x22) count += 1;
  }
  return count;
}

function reasonOf(error: z.ZodError): Reason {
  const issue = error.issues[0];
  if (issue?.code === 'unrecognized_keys') return 'unknown_key';
  const field = issue?.path[0];
  if (field === undefined) return 'not_json';
  return field === 'v' ? 'version' : `field_${String(field)}`;
}
