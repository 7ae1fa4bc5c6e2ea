// The form of the pinned lists beside this file (opawg.json and others): what refresh/ writes and lists.ts reads.

import { z } from 'zod';
import type { Named } from './pattern-index.ts';

const listName = z.enum(['bots', 'apps', 'libraries', 'crawlers']);
export type ListName = z.output<typeof listName>;

const pattern = z.string().min(2).max(2000);
/** A pattern without a name is its own. */
const entry = z.union([pattern, z.strictObject({ name: z.string().min(1).max(200), pattern })]);

export const publishedSchema = z.strictObject({
  source: z.url(),
  commit: z.string().regex(/^[0-9a-f]{40}$/),
  /** When that commit was made. */
  date: z.iso.date(),
  license: z.literal('MIT'),
  lists: z.partialRecord(listName, z.array(entry).min(1)),
});
export type Published = z.output<typeof publishedSchema>;

/** The entries of a pinned file, by list. It was checked when it was written (refresh/), and is not checked again. */
export function readPublished(text: string): { readonly [list in ListName]?: readonly Named[] } {
  const { lists } = JSON.parse(text) as Published;
  return Object.fromEntries(
    Object.entries(lists).map(([list, entries]) => [
      list,
      entries.map((entry) => (typeof entry === 'string' ? { name: entry, pattern: entry } : entry)),
    ]),
  );
}
