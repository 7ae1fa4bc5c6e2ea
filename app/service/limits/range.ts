// How much a request may send at the most. Pure. What NGINX would not honour, or might not, counts as the whole file.

/**
 * Bytes that a GET with these headers can be answered with; undefined where that depends on a size nobody knows yet.
 * @param size of the file, in bytes
 */
export function mostBytes(
  range: string | undefined,
  ifRange: string | undefined,
  size: number | undefined,
): number | undefined {
  // If-Range that does not match is answered with the whole file.
  const match = ifRange ? null : /^bytes=(\d{0,15})-(\d{0,15})$/.exec(range?.trim() ?? '');
  const [, first = '', last = ''] = match ?? [];
  if (first === '' && last === '') return size;
  if (first === '') return size === undefined ? Number(last) : Math.min(Number(last), size);
  const end = last === '' ? undefined : Number(last) + 1;
  if (end !== undefined && end <= Number(first)) return size;
  if (size === undefined) return end === undefined ? undefined : end - Number(first);
  return Math.max(0, Math.min(end ?? size, size) - Number(first));
}
