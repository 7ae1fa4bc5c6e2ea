// Keeps the salt file up to date: makes it, drops past days, adds days ahead. `tallygate salts rotate` calls this, and
// the agent does once a day.

import { readFile } from 'node:fs/promises';
import { writeAtomically } from '../atomic-file.ts';
import { UserError } from '../user-error.ts';
import { type AddressMode, dayOf, formatSaltFile, parseSaltFile, rotate } from './file.ts';

/** More than a year, for a host whose agent is dead and whose NGINX is never reloaded. */
export const daysAhead = 400;

export type Rotation = { readonly dropped: number; readonly days: number };

/**
 * Rotates `file`, and writes into it how much of addresses is kept. Returns how many past days it dropped and how many
 * days it now holds.
 * @throws UserError when it cannot be read or written, or is not ours
 */
export async function rotateSalts(file: string, now: Date, address: AddressMode): Promise<Rotation> {
  const today = dayOf(now);
  const oldText = await readText(file);
  const old = oldText === undefined ? [] : parseSaltFile(oldText, file);
  const salts = rotate(old, today, today + daysAhead);
  const text = formatSaltFile(salts, address);
  // Nothing to do. The file is not touched, or programs that watch it would wake up.
  if (text !== oldText) await writeAtomically(file, text);
  return { dropped: old.filter(({ day }) => day < today).length, days: salts.length };
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new UserError(`cannot read the salt file ${file} (${code})`, 'Run this as root.', { cause: error });
  }
}
