// How large the files of a batch are. We ask NGINX, which alone knows where they are. A HEAD counts as no download.

import type { Hs256Key } from '../../keys/ring.ts';
import { buildLink } from '../links/build.ts';

// We ask only once, and a size not known then is never known. So this is generous.
const patienceMs = 10_000;

/** The bytes of each path; null where NGINX does not answer or has no such file. */
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
        // NGINX cannot be reached from here. The codes are made all the same; pages say "size unknown".
        return null;
      }
    }),
  );
}
