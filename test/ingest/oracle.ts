// What the tallies must say, by the definitions and nothing else: it shares no code with what it judges.

import type { Sql } from '../../app/db/connection.ts';
import type { RecordFields } from './records.ts';

export type Sums = Record<
  'requests' | 'downloads' | 'completed' | 'copies' | 'bytes' | 'size_unknown',
  number
>;

type Folder = { path: string; minBytes: number; completeRatio: number };
type Transfer = {
  sent: number;
  size: number;
  policy: Omit<Folder, 'path'>;
  ranges: [from: number, to: number][];
};

export function expected(records: readonly Partial<RecordFields>[], folders: readonly Folder[] = []): Sums {
  const transfers = new Map<string, Transfer>();
  for (const { host, visitor, path, etag, size = 1000, token, at = 0, from = 0, sent = 1000 } of records) {
    const key = JSON.stringify([visitor, host, path, etag, size, token, Math.floor(at / 86_400)]);
    const transfer = transfers.get(key) ?? { sent: 0, size, policy: policyOf(path, folders), ranges: [] };
    transfers.set(key, transfer);
    transfer.sent += sent;
    if (from >= 0) transfer.ranges.push([from, size > 0 ? Math.min(size, from + sent) : from + sent]);
  }
  const all = [...transfers.values()];
  const downloads = all.filter((t) => t.sent >= t.policy.minBytes);
  const completed = downloads.filter(
    (t) => t.size > 0 && covered(t.ranges) >= t.policy.completeRatio * t.size,
  );
  return {
    requests: records.length,
    downloads: downloads.length,
    completed: completed.length,
    copies: completed.reduce((sum, t) => sum + Math.max(1, Math.floor(t.sent / t.size)), 0),
    bytes: all.reduce((sum, t) => sum + t.sent, 0),
    size_unknown: downloads.filter((t) => t.size === 0).length,
  };
}

function policyOf(path = '', folders: readonly Folder[]): Omit<Folder, 'path'> {
  return folders.find((folder) => path.startsWith(folder.path)) ?? { minBytes: 1, completeRatio: 0.95 };
}

export async function counted(sql: Sql): Promise<Sums> {
  const [sums] = await sql<Sums[]>`
    select coalesce(sum(requests), 0)::float8 as requests, coalesce(sum(downloads), 0)::float8 as downloads,
      coalesce(sum(completed), 0)::float8 as completed, coalesce(sum(copies), 0)::float8 as copies,
      coalesce(sum(bytes), 0)::float8 as bytes,
      coalesce(sum(size_unknown), 0)::float8 as size_unknown from tallies`;
  return sums as Sums;
}

function covered(ranges: readonly [number, number][]): number {
  let [sum, reached] = [0, 0];
  for (const [from, to] of [...ranges].sort(([a], [b]) => a - b)) {
    if (to <= reached) continue;
    sum += to - Math.max(from, reached);
    reached = to;
  }
  return sum;
}
