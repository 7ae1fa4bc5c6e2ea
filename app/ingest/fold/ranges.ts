// Unions of byte ranges. A union is a flat, sorted array [from, to, from, to ...] of half-open ranges that
// neither touch nor overlap: like PostgreSQL's multiranges, it has one form for one set of bytes.

export type Ranges = number[];

/** Adds [from, to) in place. */
export function addRange(ranges: Ranges, from: number, to: number): void {
  let start = 0;
  while (start < ranges.length && (ranges[start + 1] as number) < from) start += 2;
  let end = start;
  let low = from;
  let high = to;
  while (end < ranges.length && (ranges[end] as number) <= to) {
    low = Math.min(low, ranges[end] as number);
    high = Math.max(high, ranges[end + 1] as number);
    end += 2;
  }
  ranges.splice(start, end - start, low, high);
}
