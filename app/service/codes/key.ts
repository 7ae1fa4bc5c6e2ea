// The key for the digests of codes. It is in a file beside the link keys, not in the database: who has only the
// database cannot try codes against the digests. Link keys are retired, but this key must last as long as the printed
// cards.

import { randomBytes } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../../config/load.ts';
import { UserError } from '../../user-error.ts';

const form = /^[A-Za-z0-9_-]{43}\n?$/;

export function codesKeyFile(config: Config): string {
  return config.codesKeyFile ?? path.join(path.dirname(config.keysFile), 'codes.key');
}

/**
 * The key in `file`.
 * @throws UserError when it is missing or is no key
 */
export async function readCodesKey(file: string): Promise<Buffer> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UserError(
      `cannot read the key of codes ${file} (${error.code})`,
      error.code === 'ENOENT'
        ? 'Make it with: tallygate codes key (or copy it from the host where the codes were made).'
        : 'Run this as the user who owns the file.',
      { cause: error },
    );
  });
  if (!form.test(text)) {
    throw new UserError(
      `${file} is not a key for codes`,
      'Restore it from a backup: without it no printed code works.',
    );
  }
  return Buffer.from(text.trim(), 'base64url');
}

/** The text of a new key file. */
export const newCodesKey = () => `${randomBytes(32).toString('base64url')}\n`;

/** Makes the key unless there is one. Returns whether it made one. */
export async function makeCodesKey(file: string): Promise<boolean> {
  try {
    // 'wx' fails when the file exists: of two processes at once only one makes the key.
    const handle = await open(file, 'wx', 0o600);
    await handle.writeFile(newCodesKey());
    await handle.sync();
    await handle.close();
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    throw new UserError(`cannot write ${file} (${code})`, 'Run this as root, or set codes_key_file.', {
      cause: error,
    });
  }
}

/** A function that returns the key. The first call makes it if there is none and the folder can be written to. */
export function cachedCodesKey(file: string): () => Promise<Buffer> {
  let key: Buffer | undefined;
  return async () => {
    if (key) return key;
    await makeCodesKey(file).catch(() => false);
    key = await readCodesKey(file);
    return key;
  };
}
