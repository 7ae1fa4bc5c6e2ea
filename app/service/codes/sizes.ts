// How large the files of a batch are, as NGINX answers: it alone knows where they lie. A HEAD is no download.

import type { Hs256Key } from '../../keys/ring.ts';
import { buildLink } from '../links/build.ts';

// Asked once, and what is not known then is never known: rather too long than too short.
const patienceMs = 10_000;

/** Bytes of each path; null where NGINX cannot be asked or has no such file. */
export function fileSizes(
  paths: readonly string[],
  key: Hs256Key,
  origin: string,
  now: number,
): Promise<(number | null)[]> {
  return Promise.all(
    paths.map(async (path) => {
      const { link } = buildLink(key, origin, path, { expires: Math.floor(now / 1000) + 60 }, now);
      try {
        const answer = await fetch(link, {
          method: 'HEAD',
          redirect: 'manual',
          signal: AbortSignal.timeout(patienceMs),
        });
        const length = answer.headers.get('content-length');
        return answer.status === 200 && length !== null ? Number(length) : null;
      } catch {
        // Not reachable from here: the size is shown as unknown, which is no reason to make no codes.
        return null;
      }
    }),
  );
}
