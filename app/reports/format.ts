// Values of reports as text, for pages and terminals.

import type { Value } from './read.ts';
import type { Column, ColumnKind } from './report.ts';

/** In place of a number that nobody can know. */
export const notKnown = 'not known';

const counts = new Intl.NumberFormat('en');
const sizeUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];

/** 1,234,567 */
export function formatCount(value: number): string {
  return counts.format(value);
}

/** 3.1 MB. In decimal units, as browsers show downloads. */
export function formatBytes(value: number): string {
  let size = value;
  let unit = 0;
  while (size >= 999.5 && unit < sizeUnits.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${size.toFixed(unit === 0 || size >= 99.5 ? 0 : 1)} ${sizeUnits[unit]}`;
}

/** < 0.1 s, 42 s, 3 min 20 s, 2 h 5 min, 3 d 4 h */
export function formatSeconds(value: number): string {
  const seconds = Math.round(value);
  if (value > 0 && value < 0.05) return '< 0.1 s';
  if (seconds < 60) return `${value > 0 && value < 1 ? value.toFixed(1) : seconds} s`;
  const steps: [number, string][] = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's'],
  ];
  const first = steps.findIndex(([length]) => seconds >= length);
  const parts: string[] = [];
  let rest = seconds;
  for (const [length, name] of steps.slice(first, first + 2)) {
    if (rest >= length) parts.push(`${Math.floor(rest / length)} ${name}`);
    rest %= length;
  }
  return parts.join(' ');
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** 2026-11-21 09:34:12 in a time zone. */
export function formatTime(iso: string, zone: string): string {
  let clock = clocks.get(zone);
  if (!clock) {
    clock = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
    clocks.set(zone, clock);
  }
  return clock.format(new Date(iso));
}

/** 09:34:12 in a time zone, for where the day is clear. */
export function formatClock(iso: string, zone: string): string {
  return formatTime(iso, zone).slice(-8);
}

const invisible = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/**
 * A name that others chose, with its invisible characters made visible. A mark that turns the direction of writing
 * would show gnp.exe as exe.png, and a control character could move the cursor of a terminal.
 */
export function visible(text: string): string {
  return text.replace(
    invisible,
    (c) => `⟨U+${(c.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')}⟩`,
  );
}

/** Any value of a report as text. For null '', or what the column says that it means. */
export function formatValue({ kind, nullMeans }: Column, value: Value, zone: string): string {
  if (value === null) return nullMeans ?? '';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'object') return visible(value.join(' '));
  if (kind === 'count') return formatCount(value as number);
  if (kind === 'bytes') return formatBytes(value as number);
  if (kind === 'seconds') return formatSeconds(value as number);
  if (kind === 'rate') return (value as number).toFixed(2);
  if (kind === 'time') return formatTime(value as string, zone);
  return visible(String(value));
}

/** Whether the values of a column are numbers, which are set flush right. */
export function isNumeric(kind: ColumnKind): boolean {
  return kind === 'count' || kind === 'bytes' || kind === 'rate' || kind === 'seconds';
}
