// What programs put in front of a server's line, or around it, on its way into a file: syslog, containers, journald.

import { parseObject } from './keyed-scanner.ts';
import { bytesOf } from './text.ts';

export type Prefix = {
  name: string;
  /** The line without it, undefined where it does not stand there. */
  strip(line: string): string | undefined;
};

const stamp = '\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d{1,9})?(?:Z|[+-]\\d\\d:?\\d\\d)?';
const word = '[^\\s\\[\\]:"|]{1,255}';
const tag = `[^\\s\\[\\]:"]{1,128}(?:\\[[^\\]\\s]{1,64}\\])?:`;
const color = '(?:\\x1b\\[[\\d;]{0,12}m)';

// Each is tried at the front of a line. No piece of them repeats inside another.
const patterns: readonly (readonly [name: string, pattern: string])[] = [
  [
    'syslog (RFC 5424)',
    `(?:<\\d{1,3}>)?1 (?:${stamp}|-) \\S{1,255} \\S{1,128} \\S{1,128} \\S{1,64} (?:-|(?:\\[[^\\]]{0,1024}\\]){1,8}) ?(?:\\xef\\xbb\\xbf)?`,
  ],
  [
    'syslog',
    `(?:<\\d{1,3}>)?[A-Z][a-z]{2} [ \\d]\\d (?:\\d{4} )?\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,9})? (?:${word} )?${tag} ?`,
  ],
  ['syslog (ISO time)', `(?:<\\d{1,3}>)?${stamp} ${word} ${tag} ?`],
  ['syslog (priority)', `<\\d{1,3}>(?:${tag} ?)?`],
  ['kubernetes', `${stamp} (?:stdout|stderr) [FP] `],
  ['docker compose', `${color}?[\\w.-]{1,128}\\s{0,64}\\|${color}? `],
  ['kubectl', '\\[[\\w.-]{1,64}(?:/[\\w.-]{1,255}){1,2}\\] '],
  ['time', `${stamp}[ \\t]`],
  ['grep', '[\\w./-]{1,255}\\.(?:log|gz|bz2|xz|zst):'],
  ['syslog (tag)', '[a-z][\\w.-]{0,63}(?:\\[\\d{1,10}\\])?: '],
];

const wrappers = ['log', 'MESSAGE', 'message', 'msg', 'textPayload', 'line', 'event.original', '@message'];

const prefixes: readonly Prefix[] = [
  {
    name: 'JSON around it',
    strip(line) {
      if (!line.startsWith('{')) return undefined;
      const value = parseObject(line);
      const inner = wrappers.map((key) => value?.[key]).find((text) => typeof text === 'string');
      return inner === undefined ? undefined : bytesOf(inner).replace(/[\r\n]+$/, '');
    },
  },
  ...patterns.map(([name, source]): Prefix => {
    const pattern = new RegExp(source, 'y');
    return {
      name,
      strip(line) {
        pattern.lastIndex = 0;
        return pattern.test(line) ? line.slice(pattern.lastIndex) : undefined;
      },
    };
  }),
];

/** A line without what stands in front of it. A line that has it not is left as it is. */
export function stripped(line: string, chain: readonly Prefix[]): string {
  return chain.reduce((rest, prefix) => prefix.strip(rest) ?? rest, line);
}

/** The prefix that most of these lines begin with. */
export function commonPrefix(lines: readonly string[]): Prefix | undefined {
  const counted = prefixes.map((prefix) => ({
    prefix,
    lines: lines.filter((line) => prefix.strip(line) !== undefined).length,
  }));
  const best = counted.reduce((a, b) => (b.lines > a.lines ? b : a));
  return best.lines * 2 > lines.length ? best.prefix : undefined;
}
