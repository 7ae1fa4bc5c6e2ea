// Replaces a file so that a reader, or a crash at any moment, finds the old one or the new one, whole.

import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from './user-error.ts';

/**
 * Writes `content` to `file` with `mode` (owner's alone by default) through a temporary file beside it.
 * @throws UserError when the folder cannot be written
 */
export async function writeAtomically(
  file: string,
  content: string | Uint8Array,
  mode = 0o600,
): Promise<void> {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}`);
  try {
    const handle = await open(temporary, 'w', mode);
    try {
      // The umask, or a left-over of this name, may have given it another mode.
      await handle.chmod(mode);
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
    await syncFolder(path.dirname(file));
  } catch (error) {
    await rm(temporary, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM' || code === 'ENOENT' || code === 'EROFS' || code === 'ENOSPC')
      throw new UserError(
        `cannot write ${file} (${code})`,
        code === 'ENOENT' ? `Make the folder ${path.dirname(file)} first.` : 'Run this as root.',
        { cause: error },
      );
    throw error;
  }
}

/** A rename outlives a power cut only once the folder itself is on disk. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
