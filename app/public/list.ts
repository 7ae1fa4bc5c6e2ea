// The public list: the files that are in the public folders now, each with its counts.

import type { Config } from '../config/load.ts';
import type { Sql } from '../db/connection.ts';
import { sums } from '../reports/params.ts';
import { type PublicFile, scanPublic } from './scan.ts';

/** `completed` and `copies` are null where nobody knows: no download was of a known size. */
export type ListedFile = PublicFile & {
  downloads: number;
  completed: number | null;
  copies: number | null;
};

export const publicOrders = [
  'name',
  '-name',
  '-date',
  'date',
  '-size',
  'size',
  '-downloads',
  'downloads',
] as const;
export type PublicOrder = (typeof publicOrders)[number];

export type PublicList = () => Promise<ListedFile[]>;

const rememberedMs = 10_000;

/** The list, made at most every ten seconds, because anyone may ask for it as often as they like. */
export function publicList(sql: Sql, config: Config['public'], now: () => number): PublicList {
  let known: { made: Promise<ListedFile[]>; at: number } | undefined;
  return () => {
    if (!known || now() - known.at > rememberedMs) {
      const made = readList(sql, config);
      known = { made, at: now() };
      made.catch(() => {
        known = undefined;
      });
    }
    return known.made;
  };
}

type Counts = { path: string; downloads: string; completed: string | null; copies: string | null };

export async function readList(sql: Sql, config: Config['public']): Promise<ListedFile[]> {
  const files = await scanPublic(config);
  const rows = await sql<Counts[]>`
    select f.path, ${sums(sql)}
    from files f join tally_months m on m.file_id = f.id
    where f.path = any(${files.map(({ path }) => path)}::text[]) and m.class <> 'bot'
    group by f.path`;
  const counts = new Map(rows.map((row) => [row.path, row]));
  return files.map((file) => {
    const { downloads = 0, completed = 0, copies = 0 } = counts.get(file.path) ?? {};
    return { ...file, downloads: Number(downloads), completed: count(completed), copies: count(copies) };
  });
}

const count = (text: string | number | null) => (text === null ? null : Number(text));

export function sortList(files: readonly ListedFile[], order: PublicOrder): ListedFile[] {
  const name = order.replace('-', '');
  const value = (file: ListedFile) =>
    name === 'date' ? file.modified.getTime() : name === 'size' ? file.size : file.downloads;
  const sorted =
    name === 'name'
      ? [...files]
      : files.toSorted((a, b) => value(a) - value(b) || (a.path < b.path ? 1 : -1));
  return order.startsWith('-') ? sorted.toReversed() : sorted;
}
