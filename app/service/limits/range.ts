// What a request's Range asks for. Pure. A range that NGINX might not honour counts as the whole file.

/** Whether a request goes on with a download: its one range begins behind byte 0. */
export function isResume(range: string | undefined): boolean {
  return /^bytes=0*[1-9]\d{0,14}-\d{0,15}$/.test(range?.trim() ?? '');
}

/**
 * The most bytes that a GET with these headers can be answered with. Undefined if that depends on a size not known yet.
 * @param size of the file, in bytes
 */
export function mostBytes(
  range: string | undefined,
  ifRange: string | undefined,
  size: number | undefined,
): number | undefined {
  // NGINX answers an If-Range that does not match with the whole file.
  const match = ifRange ? null : /^bytes=(\d{0,15})-(\d{0,15})$/.exec(range?.trim() ?? '');
  const [, first = '', last = ''] = match ?? [];
  if (first === '' && last === '') return size;
  if (first === '') return size === undefined ? Number(last) : Math.min(Number(last), size);
  const end = last === '' ? undefined : Number(last) + 1;
  if (end !== undefined && end <= Number(first)) return size;
  if (size === undefined) return end === undefined ? undefined : end - Number(first);
  return Math.max(0, Math.min(end ?? size, size) - Number(first));
}
