// What an installation remembers: which releases were current, and the hash of every managed file as it was shipped. By
// the hash we see whether somebody has edited a file.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { UserError } from '../user-error.ts';
import type { Layout } from './layout.ts';

const manifestSchema = z.object({
  /** releases in the order in which they became current; the last one is current */
  history: z.array(z.string()),
  /** final path -> SHA-256 of the text as shipped */
  files: z.record(z.string(), z.string()),
});

export type Manifest = z.output<typeof manifestSchema>;

export const manifestFile = (layout: Layout) => layout.at(`${layout.lib}/installed.json`);

/** The manifest; an empty one where nothing is installed. */
export async function readManifest(layout: Layout): Promise<Manifest> {
  const file = manifestFile(layout);
  try {
    return manifestSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { history: [], files: {} };
    throw new UserError(
      `cannot read ${file}, which says what is installed`,
      'Run this as root. If it is damaged, remove it: files that differ from the release then count as edited.',
      { cause: error },
    );
  }
}

export const formatManifest = (manifest: Manifest) => `${JSON.stringify(manifest, null, 2)}\n`;

export const sha256 = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex');
