// The link keys, read again when their file has changed: a rotated key is in use within a second, without a
// restart and without a read for every request.

import { stat } from 'node:fs/promises';
import { type KeyRing, readKeyRing } from '../../keys/ring.ts';

const checkEveryMs = 1000;

/** A function that answers the current key ring; it fails as readKeyRing does. */
export function cachedKeyRing(file: string): () => Promise<KeyRing> {
  let ring: KeyRing | undefined;
  let stamp = '';
  let checkedAt = 0;
  return async () => {
    const now = performance.now();
    if (ring && now - checkedAt < checkEveryMs) return ring;
    const fresh = await stampOf(file);
    if (!ring || fresh !== stamp) {
      ring = await readKeyRing(file);
      stamp = fresh;
    }
    checkedAt = now;
    return ring;
  };
}

async function stampOf(file: string): Promise<string> {
  // Where it is missing, readKeyRing says so in words.
  const info = await stat(file).catch(() => undefined);
  return info ? `${info.ino}:${info.size}:${info.mtimeMs}` : '';
}
