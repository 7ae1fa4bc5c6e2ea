// Time zones, by their names in the tz database.

/** Whether Node.js and PostgreSQL take this name for the same zone. */
export function isZone(name: string): boolean {
  // PostgreSQL takes "+02" and "EST5EDT,M3.2.0" too, but with the sign the other way round.
  if (!/^[A-Za-z][A-Za-z0-9_+-]{0,63}(?:\/[A-Za-z0-9_+-]+)*$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
