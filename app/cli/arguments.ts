// How the values of options are read. A wrong value ends the command before it has done anything.

import { InvalidArgumentError, Option } from 'commander';
import { isRingName } from '../keys/ring.ts';

/** A whole number, zero included. */
export function readNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

/** A whole number from 1 on. */
export function readCount(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 on.');
  return Number(text);
}

/** A day (2026-11-01) or a time (2026-11-01T12:00Z), UTC unless it says otherwise, as milliseconds since 1970. */
export function readTime(text: string): number {
  const isUtc = /^\d{4}-\d\d-\d\d$|(?:Z|[+-]\d\d:?\d\d)$/.test(text);
  const time = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d|$)/.test(text)
    ? Date.parse(isUtc ? text : `${text}Z`)
    : Number.NaN;
  if (Number.isNaN(time))
    throw new InvalidArgumentError('It must be a day (2026-11-01) or a time (2026-11-01T12:00Z).');
  return time;
}

/**
 * An option that may be given several times, with one value each time. Commander's own lists (`<glob...>`) take every word
 * that follows, and so the files that the command is about.
 */
export function repeatable(flags: string, what: string): Option {
  return new Option(flags, what).argParser((text: string, before: string[] = []) => [...before, text]);
}

/**
 * The option `--ring`, for commands that use the keys of one ring.
 * @param otherwise what the help says is used without it
 */
export function ringOption(what: string, otherwise = 'keys_ring of the configuration'): Option {
  return new Option('--ring <name>', `${what}, "" for the default one (default: ${otherwise})`).argParser(
    (text: string) => {
      if (text !== '' && !isRingName(text))
        throw new InvalidArgumentError("A ring's name is 1 to 16 of a to z, 0 to 9 and dash.");
      return text;
    },
  );
}
