// The layouts whose lines can be read by their bytes (byte-reader.ts): fields that end at the byte where the text behind them
// begins. Any other is left to the scanner.

import type { Kind } from './fields.ts';
import { missingFrom, type Token } from './format.ts';

export type ByteStep = {
  kind: Kind;
  /** The byte at which the field ends; -1: at the end of the line. */
  stop: number;
  /** Whether it stands in quotes, which belong to the text around it. */
  quoted: boolean;
  /** The text behind the field. */
  behind: Uint8Array;
};

export type ByteLayout = {
  /** The text in front of the first field. */
  first: Uint8Array;
  steps: readonly ByteStep[];
  /** Which step says something. Of what the layout does not say, the number behind the last step. */
  place: (kind: Kind) => number;
};

// What the reader knows how to use. A field of another kind changes what is counted, so it needs the scanner.
const simple: ReadonlySet<Kind> = new Set<Kind>([
  ...([
    'address',
    'socket',
    'forwarded',
    'host',
    'time',
    'request',
    'method',
    'target',
    'path',
    'status',
  ] as const),
  ...(['sent', 'bytes', 'referrer', 'agent', 'id', 'seconds', 'other'] as const),
]);
/** Of these a blank is part, so they end at one only in quotes. */
const mayHoldBlanks: ReadonlySet<Kind> = new Set<Kind>(['request', 'agent', 'referrer', 'forwarded']);

/** Undefined where a line of this layout cannot be read by its bytes. */
export function byteLayout(tokens: readonly Token[]): ByteLayout | undefined {
  const steps: ByteStep[] = [];
  for (const [index, token] of tokens.entries()) {
    if (typeof token === 'string') {
      if (!/^[\t -~]+$/.test(token)) return undefined;
      continue;
    }
    const behind = (tokens[index + 1] ?? '') as string;
    const step = stepOf(token.kind, (tokens[index - 1] ?? '') as string, behind);
    if (!step || (behind === '' && index < tokens.length - 1)) return undefined;
    steps.push(step);
  }
  const kinds = steps.map(({ kind }) => kind);
  const has = new Set(kinds);
  const named = kinds.filter((kind) => kind !== 'other');
  if (named.length > new Set(named).size || missingFrom(has)) return undefined;
  // Of two that say the same it depends on their content which one counts.
  if (has.has('request') && (has.has('method') || has.has('target') || has.has('path'))) return undefined;
  if (has.has('socket') && has.has('address')) return undefined;
  const places = new Map(kinds.map((kind, index) => [kind, index]));
  return {
    first: bytesOfText(typeof tokens[0] === 'string' ? tokens[0] : ''),
    steps,
    place: (kind) => places.get(kind) ?? steps.length,
  };
}

function stepOf(kind: Kind, before: string, behind: string): ByteStep | undefined {
  if (!simple.has(kind)) return undefined;
  const quoted = before.endsWith('"') && behind.startsWith('"');
  // A quote alone opens the next field and may be missing: then nothing ends this one.
  if (!quoted && behind === '"') return undefined;
  if (!quoted && kind === 'request') return undefined;
  if (mayHoldBlanks.has(kind) && behind === '') return undefined;
  // A time reads on while what follows could be of it.
  if (kind === 'time' && !/^(?:$|[\]"| \t;)])/.test(behind)) return undefined;
  const stop = behind === '' ? -1 : behind.charCodeAt(0);
  return { kind, stop, quoted, behind: bytesOfText(behind) };
}

const bytesOfText = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));
