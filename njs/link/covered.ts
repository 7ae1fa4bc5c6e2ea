// What of a path a folder link's signature covers.

/**
 * The first `segments` segments of `path` with a final '/', or '' when the path does not lie below them.
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
