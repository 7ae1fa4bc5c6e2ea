// Durations as people write them: 90s, 15m, 12h, 7d.

import { UserError } from '../user-error.ts';

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** The seconds that `text` says. A number without a unit is seconds. */
export function seconds(text: string): number {
  const [, number, unit = 's'] = /^(\d{1,10})([smhdw]?)$/.exec(text) ?? [];
  if (number === undefined)
    throw new UserError(`${text} is no duration`, 'Use a number and a unit: 90s, 15m, 12h, 7d, 2w.');
  return Number(number) * (units[unit || 's'] ?? 1);
}
