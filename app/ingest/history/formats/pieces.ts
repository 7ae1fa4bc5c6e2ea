// A line in pieces, for guess.ts: what stands in it one after the other, before anybody knows what it is.

import { isAddress } from './host-name.ts';
import { TimeReader } from './time.ts';

export type Piece = {
  /** The text between the piece before and this one, with what opens it: a quote, a bracket. */
  before: string;
  text: string;
  kind: 'time' | 'request' | 'text';
};

export type Pieces = { pieces: Piece[]; end: string };

const times = new TimeReader();
const request = /[A-Z]{3,10} \S+ HTTP\/\d(?:\.\d)?(?=[\s"|,;\])]|$)/y;
const closers: Readonly<Record<string, string>> = { '"': '"', '[': ']', '(': ')', "'": "'" };
const mostPieces = 100;

/** Cuts at blanks, but not inside quotes, brackets, times, request lines and lists of addresses. */
export function cutAtBlanks(line: string): Pieces {
  const pieces: Piece[] = [];
  let at = 0;
  let before = '';
  while (at < line.length && pieces.length < mostPieces) {
    const character = line.charAt(at);
    if (character === ' ' || character === '\t') {
      before += character;
      at += 1;
      continue;
    }
    const inner = enclosed(line, at);
    const start = inner === undefined ? at : at + 1;
    const end = inner ?? wordEnd(line, at);
    const text = line.slice(start, end);
    // "[10/Mar/2024:10:00:00 +0100]"
    const bracketed = inner !== undefined && /^\[[^\]]*\]$/.test(text) ? text.slice(1, -1) : undefined;
    if (inner !== undefined) before += character;
    if (bracketed !== undefined) before += '[';
    pieces.push({ before, text: bracketed ?? text, kind: kindOf(bracketed ?? text) });
    before = `${bracketed === undefined ? '' : ']'}${inner === undefined ? '' : line.charAt(end)}`;
    at = inner === undefined ? end : end + 1;
    // Behind a bracket or a word may stand what separates: `to: 127.0.0.1:80: GET`.
    while (at < line.length && /[,:;]/.test(line.charAt(at))) before += line.charAt(at++);
  }
  return { pieces, end: before };
}

/** Cuts at one character, but not inside quotes. */
export function cutAt(separator: string): (line: string) => Pieces {
  return (line) => {
    const pieces: Piece[] = [];
    let before = '';
    let at = 0;
    while (at <= line.length && pieces.length < mostPieces) {
      const inner = line.charAt(at) === '"' ? enclosed(line, at) : undefined;
      const next = line.indexOf(separator, inner ?? at);
      const end = next < 0 ? line.length : next;
      const raw = line.slice(at, end);
      const [, front = '', text = '', behind = ''] = /^([ "[]*)(.*?)([ "\]]*)$/s.exec(raw) ?? [];
      pieces.push({ before: before + front, text, kind: kindOf(text) });
      before = behind + (next < 0 ? '' : separator);
      if (next < 0) break;
      at = end + separator.length;
    }
    return { pieces, end: before };
  };
}

/** Where what opens at a place is closed; undefined where nothing opens. */
function enclosed(line: string, at: number): number | undefined {
  const closer = closers[line.charAt(at)];
  if (closer === undefined) return undefined;
  for (let end = line.indexOf(closer, at + 1); end >= 0; end = line.indexOf(closer, end + 1)) {
    if (closer === '"' && line.charAt(end - 1) === '\\') continue;
    if (end + 1 >= line.length || /[\s,:;|\])]/.test(line.charAt(end + 1))) return end;
  }
  return undefined;
}

function wordEnd(line: string, at: number): number {
  request.lastIndex = at;
  if (request.test(line)) return request.lastIndex;
  if (times.read(line, at) && /^(?:[\s,;|]|$)/.test(line.slice(times.end, times.end + 1))) return times.end;
  let end = blankAfter(line, at);
  // A list of addresses: 203.0.113.5, 10.0.0.2.
  while (
    line.charAt(end - 1) === ',' &&
    isAddress(line.slice(line.lastIndexOf(' ', end - 1) + 1, end - 1).trim())
  ) {
    const next = blankAfter(line, end + 1);
    if (!isAddress(line.slice(end + 1, next).replace(/,$/, ''))) break;
    end = next;
  }
  while (end > at + 1 && /[,:;]/.test(line.charAt(end - 1))) end -= 1;
  return end;
}

function blankAfter(line: string, at: number): number {
  const gap = line.slice(at).search(/[ \t]/);
  return gap < 0 ? line.length : at + gap;
}

function kindOf(text: string): Piece['kind'] {
  // Ten digits may be a time or a size: columns tell.
  if (!/^\d+(?:\.\d+)?$/.test(text) && times.read(text, 0) && times.end === text.length) return 'time';
  request.lastIndex = 0;
  return request.test(text) && request.lastIndex === text.length ? 'request' : 'text';
}
