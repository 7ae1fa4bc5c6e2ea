// UTC days, counted from 1970-01-01: transfers are kept by day, and a visitor is known for one.

/** Milliseconds. */
export const dayLength = 86_400_000;

/** The day in which a time (milliseconds since 1970) lies. */
export function dayOf(milliseconds: number): number {
  return Math.floor(milliseconds / dayLength);
}

/** 2026-11-21, from the number of a day. */
export function dateText(day: number): string {
  return new Date(day * dayLength).toISOString().slice(0, 10);
}
