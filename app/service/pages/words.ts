// Numbers for people.

const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** A size as browsers show it: 3.1 MB. Decimal units. */
export function bytes(size: number): string {
  let value = size;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 99.5 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit]}`;
}
