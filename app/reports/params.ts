// The parameters that reports share: a period in a time zone, the files, the classes.

import { z } from 'zod';
import { isZone } from '../config/zone.ts';
import type { Sql } from '../db/connection.ts';
import type { Fragment } from './report.ts';

const dayForm = /^(?:20\d\d)-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;

/** A calendar day that exists. */
export const day = z
  .string()
  .refine((text) => dayForm.test(text) && !Number.isNaN(Date.parse(text)) && sameDay(text), {
    error: 'must be a day such as 2026-11-21',
  });

// Date.parse takes February 30 for a day in March.
const sameDay = (text: string) => new Date(`${text}T00:00:00Z`).toISOString().startsWith(text);

export const zone = z
  .string()
  .max(64)
  .refine(isZone, { error: 'must be a time zone such as Europe/Berlin' })
  .default('UTC')
  .describe('time zone of days, such as Europe/Berlin');

export const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => value.isWellFormed() && !value.includes('\0'), {
      error: 'is not text: it holds NUL or is not valid Unicode',
    });

export const period = {
  zone,
  first: day.optional().describe('first day; 29 days before the last unless given'),
  last: day.optional().describe('last day; today unless given'),
};

export const classChoices = ['counted', 'person', 'tool', 'bot', 'all'] as const;

export const files = {
  host: text(255).optional().describe('only this site'),
  path: text(4096).optional().describe('only this file'),
  prefix: text(4096).optional().describe('only paths that begin with this'),
  edge: text(64).optional().describe('only this NGINX host'),
  class: z
    .enum(classChoices)
    .default('counted')
    .describe('counted (people and tools), person, tool, bot, or all'),
};

export const oneFile = { host: files.host, path: text(4096).describe('the file, decoded') };

/** A whole number, as text or as a number. */
export function whole(least: number, most: number) {
  const error = `must be a whole number from ${least} to ${most}`;
  return z.coerce.number({ error }).int({ error }).min(least, { error }).max(most, { error });
}

export const hours = whole(1, 24 * 90);

export type Period = { zone: string; first?: string | undefined; last?: string | undefined };

/** First and last day of a period. Where it leaves them open: the last 30 (or `days`) days in its zone. */
export function daysOf(
  { zone: timeZone, first, last }: Period,
  now: Date,
  days = 30,
): { first: string; last: string } {
  const end = last ?? today(timeZone, now);
  return { first: first ?? addDays(end, 1 - days), last: end };
}

/** Today in a time zone. */
export function today(timeZone: string, now: Date): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(now);
}

export function addDays(from: string, days: number): string {
  return new Date(Date.parse(`${from}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

type FileFilter = {
  host?: string | undefined;
  path?: string | undefined;
  prefix?: string | undefined;
  edge?: string | undefined;
  class: (typeof classChoices)[number];
};

/** The SQL condition on rows that have host, path, class and, where it is asked for, edge. */
export function matching(sql: Sql, filter: FileFilter): Fragment {
  const { host, path, prefix, edge } = filter;
  return sql`${ofClass(sql, filter.class)}
    and ${host === undefined ? sql`true` : sql`host = ${host}`}
    and ${path === undefined ? sql`true` : sql`path = ${path}`}
    and ${prefix === undefined ? sql`true` : sql`starts_with(path, ${prefix})`}
    and ${edge === undefined ? sql`true` : sql`edge = ${edge}`}`;
}

/** The part of this condition that is on files alone. */
export function ofFiles(sql: Sql, filter: Pick<FileFilter, 'host' | 'path' | 'prefix'>): Fragment {
  const { host, path, prefix } = filter;
  return matching(sql, { host, path, prefix, class: 'all' });
}

export function ofClass(sql: Sql, name: FileFilter['class']): Fragment {
  if (name === 'all') return sql`true`;
  // Bots are left out unless they are asked for.
  return name === 'counted' ? sql`class <> 'bot'` : sql`class = ${name}`;
}

/** The sums of a tally, as SQL columns. Where no download is of a known size, completed and copies are null: not known. */
export function sums(sql: Sql): Fragment {
  const known = sql`(sum(size_unknown) = 0 or sum(size_unknown) < sum(downloads))`;
  return sql`sum(requests)::bigint as requests, sum(downloads)::bigint as downloads,
    case when ${known} then sum(completed)::bigint end as completed,
    case when ${known} then sum(copies)::bigint end as copies,
    sum(bytes)::bigint as bytes, sum(size_unknown)::bigint as size_unknown`;
}
