// The link keys. Their file is read again when it has changed: a key that was marked is in use within a second, without
// a restart, and no request has to read the file. Under systemd the file is a copy, which a restart makes anew.

import { stat } from 'node:fs/promises';
import { readKeyRings } from '../../keys/file.ts';
import type { KeyRings } from '../../keys/ring.ts';

const checkEveryMs = 1000;

/** A function that returns what the file holds now. It fails as readKeyRings does. */
export function cachedKeyRings(file: string): () => Promise<KeyRings> {
  let rings: KeyRings | undefined;
  let stamp = '';
  let checkedAt = 0;
  return async () => {
    const now = performance.now();
    if (rings && now - checkedAt < checkEveryMs) return rings;
    const fresh = await stampOf(file);
    if (!rings || fresh !== stamp) {
      rings = await readKeyRings(file);
      stamp = fresh;
    }
    checkedAt = now;
    return rings;
  };
}

async function stampOf(file: string): Promise<string> {
  // If the file is missing, readKeyRings says so in words.
  const info = await stat(file).catch(() => undefined);
  return info ? `${info.ino}:${info.size}:${info.mtimeMs}` : '';
}
