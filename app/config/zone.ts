// Time zones by their names in the tz database.

/** Whether this is a name that Node.js and PostgreSQL take for the same zone. */
export function isZone(name: string): boolean {
  // PostgreSQL would take "+02" or "EST5EDT,M3.2.0" too, with signs that surprise.
  if (!/^[A-Za-z][A-Za-z0-9_+-]{0,63}(?:\/[A-Za-z0-9_+-]+)*$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
