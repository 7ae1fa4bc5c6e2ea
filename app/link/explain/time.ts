// Times as links carry them, for people.

/** Unix seconds as `2026-11-21 09:00:00 UTC`. */
export function time(text: string): string {
  const date = new Date(Number(text) * 1000);
  return Number.isNaN(date.getTime())
    ? 'no time'
    : date.toISOString().replace('.000Z', ' UTC').replace('T', ' ');
}
