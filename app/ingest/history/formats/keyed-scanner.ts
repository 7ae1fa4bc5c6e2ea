// Lines that name their fields: JSON, LTSV, logfmt. Which name means what is told by the lines themselves.

import type { Fields, Kind } from './fields.ts';
import { meaningOf, meaningOfKey } from './fields.ts';
import { type Format, type Layout, type Outcome, type Scanner, usual } from './format.ts';
import { bytesOf } from './text.ts';
import { type LocalClock, TimeReader } from './time.ts';

/** The fields of a line by name, undefined where it is not of this form. */
type Split = (line: string) => Map<string, string> | undefined;

/** Which names say a kind, the best first. */
type Sayings = ReadonlyMap<Kind, readonly string[]>;

class KeyedScanner implements Scanner {
  readonly layout: Omit<Layout, 'tokens'>;
  readonly kinds: ReadonlySet<Kind>;
  readonly parted = { at: 0, expected: '' };
  readonly #split: Split;
  readonly #sayings: Sayings;
  readonly #times: TimeReader;

  constructor(split: Split, sayings: Sayings, layout: Omit<Layout, 'tokens'>, local?: LocalClock) {
    this.#times = new TimeReader(local);
    this.#split = split;
    this.#sayings = sayings;
    this.layout = layout;
    this.kinds = new Set(sayings.keys());
    if (sayings.has('date')) (this.kinds as Set<Kind>).add('time');
  }

  scan(line: string, fields: Fields): Outcome {
    const values = this.#split(line);
    if (!values) return this.#part('another form');
    for (const [kind, names] of this.#sayings) {
      const name = names.find((candidate) => values.has(candidate));
      // A key that is left out where it says nothing is not the same as a format without it.
      fields[kind] = name === undefined ? '' : (values.get(name) as string);
    }
    readAkamai(fields, values);
    if (fields.date !== undefined) fields.time = `${fields.date} ${fields.time ?? ''}`.trim();
    if (!/^\d{3}$/.test(fields.status ?? '')) return this.#part('a status');
    const time = (fields.time ?? '').replace(/^\[([^\]]*)\]$/, '$1');
    if (!this.#times.read(time, 0) || this.#times.end !== time.length) return this.#part('a time');
    return 'whole';
  }

  get time(): number {
    return this.#times.value;
  }

  #part(expected: string): Outcome {
    this.parted.expected = expected;
    return 'none';
  }
}

/** Akamai's DataStream leaves out the slash in front of a path, and percent-encodes user agents. */
function readAkamai(fields: Fields, values: ReadonlyMap<string, string>): void {
  if (!values.has('reqPath') || !values.has('cliIP')) return;
  if (/^[^/]/.test(fields.target ?? '')) fields.target = `/${fields.target}`;
  fields.agent = (fields.agent ?? '').replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** A format whose lines name their fields. */
export function keyedFormat(name: string, split: Split, local?: LocalClock): Format {
  return {
    name,
    open(sample) {
      const seen = new Set<string>();
      for (const line of sample) for (const key of split(line)?.keys() ?? []) seen.add(key);
      if (seen.size === 0) return undefined;
      const layout = { ...usual, escaping: 'none', strict: true, hostOfTarget: true } as const;
      return new KeyedScanner(split, sayingsOf(seen), layout, local);
    },
  };
}

function sayingsOf(keys: Iterable<string>): Sayings {
  const found = new Map<Kind, { name: string; rank: number }[]>();
  for (const name of keys) {
    const meaning = meaningOfKey(name);
    if (!meaning) continue;
    found.set(meaning.kind, [...(found.get(meaning.kind) ?? []), { name, rank: meaning.rank }]);
  }
  const names = (kind: Kind) =>
    found
      .get(kind)
      ?.sort((a, b) => a.rank - b.rank)
      .map(({ name }) => name);
  const sayings = new Map<Kind, readonly string[]>();
  for (const kind of found.keys()) sayings.set(kind, names(kind) ?? []);
  const hosts = sayings.get('host') ?? [];
  // In LTSV `host` is who asked, and `vhost` what was asked for.
  if (
    !['address', 'socket', 'forwarded'].some((kind) => sayings.has(kind as Kind)) &&
    hosts.includes('host')
  ) {
    sayings.set('address', ['host']);
    const others = hosts.filter((name) => name !== 'host');
    if (others.length > 0) sayings.set('host', others);
    else sayings.delete('host');
  }
  return sayings;
}

const mostKeys = 500;

/** A JSON object; of an object inside it the keys are joined by dots, of a list the first entry is taken. */
export function splitJson(line: string): Map<string, string> | undefined {
  const value = parseObject(line);
  if (!value) return undefined;
  const values = new Map<string, string>();
  flatten(value, '', values, 0);
  return values;
}

export function parseObject(line: string): Record<string, unknown> | undefined {
  const start = line.indexOf('{');
  if (start < 0 || line.slice(0, start).trim() !== '') return undefined;
  const text = Buffer.from(line, 'latin1').toString('utf8').trim().replace(/,$/, '');
  for (const candidate of [text, text.replace(/\\x([0-9A-Fa-f]{2})/g, '\\u00$1')]) {
    try {
      const value: unknown = JSON.parse(candidate);
      return typeof value === 'object' && value !== null && !Array.isArray(value)
        ? (value as Record<string, unknown>)
        : undefined;
    } catch (error) {
      // NGINX without escape=json writes \xHH into what should be JSON: tried a second time.
      if (!(error instanceof SyntaxError) || !text.includes('\\x')) return undefined;
    }
  }
  return undefined;
}

function flatten(value: object, prefix: string, into: Map<string, string>, depth: number): void {
  for (const [key, inner] of Object.entries(value)) {
    if (into.size >= mostKeys) return;
    const one: unknown = Array.isArray(inner) ? inner[0] : inner;
    if (typeof one === 'object' && one !== null) {
      if (depth < 5) flatten(one, `${prefix}${key}.`, into, depth + 1);
    } else if (one !== null && one !== undefined) into.set(prefix + key, bytesOf(String(one)));
  }
}

/** label:value, separated by tabs. */
export function splitLtsv(line: string): Map<string, string> | undefined {
  const values = new Map<string, string>();
  for (const piece of line.split('\t', mostKeys)) {
    const colon = piece.indexOf(':');
    if (colon < 1 || !/^[\w.-]+$/.test(piece.slice(0, colon))) return undefined;
    values.set(piece.slice(0, colon), piece.slice(colon + 1));
  }
  return values.size > 2 ? values : undefined;
}

/** key=value, where the value may stand in quotes. */
export function splitLogfmt(line: string): Map<string, string> | undefined {
  const pair = /\s*,?\s?([\w.@-]+)[=]("((?:[^"\\]|\\.)*)"|[^\s"]*)/y;
  const values = new Map<string, string>();
  for (let found = pair.exec(line); found && values.size < mostKeys; found = pair.exec(line))
    values.set(found[1] as string, found[3] ?? found[2] ?? '');
  return values.size > 2 && [...values.keys()].some((key) => meaningOf(key)?.kind === 'status')
    ? values
    : undefined;
}

/** JSON as a format string writes it: the keys are its own, the $variables or %directives tell what they mean. */
export function keyedBy(
  template: string,
  meaning: (text: string) => { kind: Kind; rank: number },
  local?: LocalClock,
): Scanner | undefined {
  const values = splitJson(template);
  if (!values) return undefined;
  const found = [...values]
    .map(([name, text]) => ({ ...meaning(text), name }))
    .sort((a, b) => a.rank - b.rank);
  const sayings = new Map<Kind, string[]>();
  for (const { name, kind } of found)
    if (kind !== 'other') sayings.set(kind, [...(sayings.get(kind) ?? []), name]);
  return new KeyedScanner(splitJson, sayings, { ...usual, escaping: 'none' }, local);
}
