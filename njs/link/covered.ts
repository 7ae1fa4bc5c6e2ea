// The part of a path that a folder link's signature covers.

/**
 * The first `segments` segments of `path` with a final '/'; '' if the path has no more than these.
 * @param path decoded and normalised, starts with '/'
 */
export function coveredPrefix(path: string, segments: number): string {
  let end = 0;
  for (let i = 0; i < segments; i++) {
    end = path.indexOf('/', end + 1);
    if (end < 0) return '';
  }
  return path.slice(0, end + 1);
}
