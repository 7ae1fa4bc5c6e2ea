// The files of a batch as NGINX knows them. We ask NGINX, which alone knows where they are. A HEAD counts as no download.

import type { Hs256Key } from '../../keys/ring.ts';
import { buildLink } from '../links/build.ts';

// We ask only once, and a size not known then is never known. So this is generous.
const patienceMs = 10_000;

/** `size` in bytes, null where nobody said it. `refused`: what NGINX answers in place of the file, such as 404. */
export type FoundFile = { path: string; size: number | null; refused?: number };

/** Looks for each path, with a link as customers will have it. */
export function findFiles(
  paths: readonly string[],
  key: Hs256Key,
  origin: string,
  now: number,
): Promise<FoundFile[]> {
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
        if (answer.status >= 400 && answer.status < 500) return { path, size: null, refused: answer.status };
        return { path, size: answer.status === 200 && length !== null ? Number(length) : null };
      } catch {
        // NGINX cannot be reached from here. The codes are made all the same; pages say "size unknown".
        return { path, size: null };
      }
    }),
  );
}
