// The clock of a time zone: for logs whose times do not say how far they are from UTC, and for days.

const quarter = 900_000;
/** So many quarters of an hour are remembered. */
const mostKnown = 10_000;

/**
 * From what the clock shows, as if it were UTC, to milliseconds since 1970.
 * @param zone by its name in the tz database
 */
export function zoneClock(zone: string): (local: number) => number {
  const format = new Intl.DateTimeFormat('en-u-ca-iso8601', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  const ahead = (at: number) => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0;
    return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute')) - at;
  };
  const known = new Map<number, number>();
  return (local) => {
    if (Number.isNaN(local)) return local;
    // No zone changes its clock within a quarter of an hour.
    const start = Math.floor(local / quarter) * quarter;
    let offset = known.get(start);
    if (offset === undefined) {
      // Of an hour that comes twice the first is taken: the offset before the clock is put back.
      offset = ahead(start - ahead(start - 86_400_000));
      if (known.size >= mostKnown) known.clear();
      known.set(start, offset);
    }
    return local - offset;
  };
}
