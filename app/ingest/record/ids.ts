// Ids are computed from what they name: the first 8 bytes of a SHA-256. So no agent has to ask PostgreSQL for one, and the
// order of lines changes nothing. sql/migrations/0000_counting.sql relies on it.

import { createHash } from 'node:crypto';

/** A 64-bit id as PostgreSQL's bigint holds it: the upper half signed, the lower unsigned. */
export type Id = { readonly hi: number; readonly lo: number };

/** The id of a file: host and path, decoded. */
export function fileId(host: string, path: string): Id {
  return digest('file', host, path);
}

/** The id of a file's content at one time. `size` in bytes, 0 when unknown. */
export function versionId(file: Id, etag: string, size: number): Id {
  return digest('version', toBigint(file).toString(), etag, String(size));
}

/** The id of an origin: where requests come from, as far as it is kept. */
export function originId(edge: string, userAgent: string, referrerHost: string, country: string): Id {
  return digest('origin', edge, userAgent, referrerHost, country);
}

export function toBigint(id: Id): bigint {
  return (BigInt(id.hi) << 32n) | BigInt(id.lo);
}

/** The order of bigint in PostgreSQL. */
export function compareIds(a: Id, b: Id): number {
  return a.hi - b.hi || a.lo - b.lo;
}

/** Each part is preceded by its length in UTF-8, so that no part can run into the next. */
function digest(...parts: readonly string[]): Id {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  const bytes = hash.digest();
  return { hi: bytes.readInt32BE(0), lo: bytes.readUInt32BE(4) };
}
