// Which format a log is in: told by its first lines.

import { UserError } from '../../../user-error.ts';
import { sampleOf } from '../../fold/sample.ts';
import { maxLineLength, type Reading, readRecord } from '../../record/record.ts';
import { EntryReader, type ReadOptions } from './entry.ts';
import type { Fields } from './fields.ts';
import { type Format, missingFrom, type Scanner } from './format.ts';
import { givenFormat } from './given.ts';
import { guessFormat } from './guess.ts';
import { formatNames, namedFormats } from './named.ts';
import { withoutRequests } from './no-requests.ts';
import { commonPrefix, type Prefix, stripped } from './prefix.ts';
import type { LocalClock } from './time.ts';

/** Reads one line, without its line end. */
type ReadLine = (line: Buffer) => Reading;

/** A log's format, in words for people, and its reader. */
export type Choice = { described: string; readLine: ReadLine };

export type Wanted = {
  /** `auto`, a name, or a format string of NGINX's or Apache's. */
  format: string;
  /** The clock of times that do not say how far they are from UTC; UTC itself unless told. */
  local?: LocalClock;
};

/** So many lines at the front of a log tell its format. */
const sampleLines = 100;
const longestSample = 4096;
const mostPrefixes = 3;

/** The lines at the front of a log. The last piece may be half a line: it tells only where there is no whole one. */
export function linesIn(head: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start < head.length && lines.length < 2 * sampleLines; ) {
    const end = head.indexOf(10, start);
    if (end < 0 && lines.length > 0) break;
    lines.push(head.subarray(start, end < 0 ? head.length : end));
    start = end < 0 ? head.length : end + 1;
  }
  return lines;
}

/** Whether one of a log's first lines is a record of ours. */
export function holdsRecords(lines: readonly Buffer[]): boolean {
  return lines.some((line) => readRecord(line).kind === 'entry');
}

/**
 * Finds the format of a log and makes its reader.
 * @param lines the first lines of the log
 * @throws UserError where no format fits, with the first line and where it parted from the nearest one
 */
export function chooseFormat(
  path: string,
  lines: readonly Buffer[],
  wanted: Wanted,
  options: ReadOptions,
): Choice {
  const sample = sampleFrom(lines);
  const found =
    wanted.format === 'auto'
      ? detect(sample, wanted.local)
      : bestOf(formatsOf(wanted), chainsFor(sample), sample);
  if (!found || found.lines === 0) throw noFormat(path, sample, wanted);
  return { described: describe(found), readLine: readerOf(found, layoutFor(found, sample), options) };
}

/** Lines that tell a format: long ones take long to try everything on, and seldom tell more. */
function sampleFrom(lines: readonly Buffer[]): string[] {
  const all = lines.map(textOf).filter((line) => line.trim() !== '');
  const short = all.filter((line) => line.length <= longestSample);
  return (short.length > 0 ? short : all.map((line) => line.slice(0, longestSample))).slice(0, sampleLines);
}

type Found = { name: string; scanner: Scanner; chain: readonly Prefix[]; lines: number };

function formatsOf({ format, local }: Wanted): readonly Format[] {
  if (format === 'auto') return namedFormats(local);
  const named = namedFormats(local).filter(({ name }) => name === format);
  return named.length > 0 ? named : [givenFormat(format, local)];
}

function detect(sample: readonly string[], local: LocalClock | undefined): Found | undefined {
  const chains = chainsFor(sample);
  const named = bestOf(namedFormats(local), chains, sample);
  if (named && named.lines >= 0.9 * sample.length) return named;
  for (const chain of chains.toReversed()) {
    const guess = guessFormat(
      sample.map((line) => stripped(line, chain)).filter((line) => !line.startsWith('#')),
      local,
    );
    if (!guess) continue;
    const found = { name: guess.text, scanner: guess.scanner, chain, lines: 0 };
    found.lines = readable(found, sample);
    // What is guessed must say more than a format that has a name and only ends sooner.
    const saysMore = [...found.scanner.kinds].some((kind) => !named?.scanner.kinds.has(kind));
    if (found.lines > (named?.lines ?? 0) && saysMore) return found;
  }
  return named;
}

/** No prefix, the one that most lines have, that and the one behind it. */
function chainsFor(sample: readonly string[]): Prefix[][] {
  const chains: Prefix[][] = [[]];
  for (let lines = sample; chains.length <= mostPrefixes; ) {
    const prefix = commonPrefix(lines);
    if (!prefix) break;
    chains.push([...(chains.at(-1) as Prefix[]), prefix]);
    lines = lines.map((line) => prefix.strip(line) ?? line);
  }
  return chains;
}

/** Of formats that read equally many lines the first, and behind the fewest prefixes. */
function bestOf(
  formats: readonly Format[],
  chains: readonly Prefix[][],
  sample: readonly string[],
): Found | undefined {
  let best: Found | undefined;
  for (const chain of chains) {
    const lines = sample.map((line) => stripped(line, chain));
    for (const { name, open } of formats) {
      const scanner = open(lines);
      if (!scanner || missingFrom(scanner.kinds)) continue;
      const found = { name, scanner, chain, lines: 0 };
      found.lines = readable(found, sample);
      if (found.lines > (best?.lines ?? 0)) best = found;
    }
  }
  return best;
}

/** How many lines it reads; one behind which more stands is half a line. A head belongs to what it is the head of. */
function readable({ scanner, chain }: Found, sample: readonly string[]): number {
  let lines = 0;
  let heads = 0;
  for (const line of sample) {
    const outcome = scanner.scan(stripped(line, chain), {});
    if (outcome === 'comment') heads += 1;
    else if (outcome !== 'none') lines += outcome === 'whole' ? 1 : 0.5;
  }
  return lines === 0 ? 0 : lines + heads;
}

/** Where most requests are for whole URLs (Varnish), and nothing else names the host, they do. */
function layoutFor({ scanner, chain }: Found, sample: readonly string[]): Scanner['layout'] {
  const { layout } = scanner;
  if (layout.hostOfTarget || scanner.kinds.has('host')) return layout;
  const whole = sample.filter((line) => {
    const fields: Fields = {};
    scanner.scan(stripped(line, chain), fields);
    return /^(?:[A-Z]+ )?https?:\/\//.test(fields.request ?? fields.target ?? '');
  });
  return { ...layout, hostOfTarget: whole.length * 2 > sample.length };
}

function readerOf({ scanner, chain }: Found, layout: Scanner['layout'], options: ReadOptions): ReadLine {
  const entries = new EntryReader(layout, scanner.kinds, options);
  const fields: Fields = {};
  return (line) => {
    if (line.length > maxLineLength) return { kind: 'reject', reason: 'too_long' };
    if (line.includes(0)) return { kind: 'reject', reason: 'nul' };
    const text = textOf(line);
    const outcome = scanner.scan(chain.length === 0 ? text : stripped(text, chain), fields);
    if (outcome === 'none') return { kind: 'reject', reason: 'format' };
    if (outcome === 'comment') return { kind: 'reject', reason: 'filtered_comment' };
    return entries.read(fields, scanner.time);
  };
}

/** A line as Latin-1, without the mark at the front of a file and the carriage return of Windows. */
function textOf(line: Buffer): string {
  const from = line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf ? 3 : 0;
  return line.toString('latin1', from, line.at(-1) === 13 ? line.length - 1 : line.length);
}

function describe({ name, chain }: Found): string {
  const known = formatNames.some(([format]) => format === name);
  const behind = chain.length === 0 ? '' : `, behind ${chain.map((prefix) => prefix.name).join(', ')}`;
  return `${known ? name : `'${name}'`}${behind}`;
}

function noFormat(path: string, sample: readonly string[], wanted: Wanted): UserError {
  const other = withoutRequests(sample);
  if (other) return new UserError(`${path} is ${other.is}`, other.remedy);
  const first = sample.find((line) => !line.startsWith('#')) ?? sample[0] ?? '';
  let nearest = { at: -1, expected: '', name: '' };
  for (const chain of chainsFor(sample)) {
    const line = stripped(first, chain);
    for (const { name, open } of formatsOf(wanted)) {
      const scanner = open([line]);
      if (scanner?.scan(line, {}) !== 'none') continue;
      const at = first.length - line.length + scanner.parted.at;
      if (at > nearest.at) nearest = { at, expected: scanner.parted.expected, name };
    }
  }
  const head = wanted.format === 'auto' ? 'is in no format that is known here' : 'is not in the format given';
  const near =
    nearest.name === ''
      ? ''
      : ` parted from ${wanted.format === 'auto' ? `"${nearest.name}", the nearest format` : 'it'}`;
  return new UserError(
    `${path} ${head}. Its first line${near && `, and where it${near}`}:\n${marked(first, nearest)}`,
    `Give its format: --nginx-conf /etc/nginx/nginx.conf, or --format with NGINX's log_format or Apache's LogFormat in quotes, or a name (${formatNames.map(([name]) => name).join(', ')}).`,
  );
}

const shownWidth = 160;

/** A line with a mark below it, without addresses and queries. */
function marked(line: string, { at, expected }: { at: number; expected: string }): string {
  const shown = sampleOf(Buffer.from(line, 'latin1'));
  const place = at < 0 ? 0 : sampleOf(Buffer.from(line.slice(0, at), 'latin1')).length;
  const from = Math.max(0, place - shownWidth / 2);
  const mark = at < 0 ? '' : `\n  ${' '.repeat(place - from)}^ ${expected} should stand here`;
  return `  ${shown.slice(from, from + shownWidth)}${mark}`;
}
