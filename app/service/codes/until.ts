// Until when codes can be redeemed. A day means the end of that day where the shop is: in the time zone of the pages
// ([reports] zone).

import { z } from 'zod';
import { zoneClock } from '../../config/zone-clock.ts';

const dayMs = 86_400_000;

const form = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);

/** Whether readUntil can read it. PostgreSQL and JavaScript do not agree on years that nobody means. */
export function isUntil(text: string): boolean {
  return form.safeParse(text).success && /^[2-9]/.test(text) && new Date(text).getUTCFullYear() < 9999;
}

/**
 * A day (2027-12-31) or a moment (2027-12-31T23:59:59Z) as the moment from which on nothing is redeemed.
 * @param zone by its name in the tz database
 */
export function readUntil(text: string, zone: string): Date {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return new Date(text);
  const toUtc = zoneClock(zone);
  const midnight = Date.parse(`${text}T00:00:00Z`) + dayMs;
  // Where the clock is put forward at midnight, there is no midnight; where it is put back, the last hour comes twice.
  return new Date(Math.max(toUtc(midnight), toUtc(midnight - 1) + 1));
}

/** `time` is there where the end is not that of the day, and names its zone. */
export type Until = { day: string; time?: string };

/** The end in words, in the zone: the last day that counts, such as 31 Dec 2027. */
export function untilWords(end: Date, zone: string): Until {
  const say = (date: Date, options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-GB', { timeZone: zone, ...options }).format(date);
  // Who wrote 23:59:59 meant the end of the day, too.
  const last = new Date(end.getTime() - 1);
  const clock: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  const isEndOfDay = say(last, clock) === '23:59';
  const day = say(isEndOfDay ? last : end, { dateStyle: 'medium' });
  return isEndOfDay ? { day } : { day, time: say(end, { ...clock, timeZoneName: 'short' }) };
}
