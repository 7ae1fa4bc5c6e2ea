// Finds the first of many regular expressions that a text fits, without trying them all. Each of ours needs some plain
// letters (`AhrefsBot` needs `Ahre`). The text is looked through once for such letters, and only a pattern whose own
// are all there is tried. So a text costs microseconds beside two thousand patterns, and a hostile one little more.

export type Named = { readonly name: string; readonly pattern: string };

/** The letters of a pattern: `literal` stands in every text that it fits. */
type Key = { entry: number; literal: string };

/** How many letters are looked up at once. A literal that is shorter is no help. */
const gramLength = 3;
const slots = 2 ** 13;
/** So many letters are enough for a literal. */
const telling = 5;

export class PatternIndex<T extends Named> {
  readonly #entries: readonly T[];
  readonly #compiled: (RegExp | undefined)[];
  /** By the hash of a literal's first letters. */
  readonly #keys: (Key[] | undefined)[] = new Array(slots).fill(undefined);
  /** Patterns without a literal: tried on every text. */
  readonly #others: number[] = [];
  /** The text for which each pattern was tried last: letters that stand often in it lead to one trial. */
  readonly #triedFor: Uint32Array;
  #texts = 0;

  /** @param entries case-sensitive regular expressions without flags; the first that fits wins */
  constructor(entries: readonly T[]) {
    this.#entries = entries;
    this.#compiled = new Array(entries.length);
    this.#triedFor = new Uint32Array(entries.length);
    for (const [entry, { pattern }] of entries.entries()) {
      const literals = alternatives(pattern).map(literalOf);
      if (literals.some((literal) => literal.length < gramLength)) this.#others.push(entry);
      else for (const literal of literals) this.#add({ entry, literal });
    }
  }

  find(text: string): T | undefined {
    this.#texts += 1;
    let found = this.#others.find((entry) => this.#fits(entry, text)) ?? Number.POSITIVE_INFINITY;
    for (let at = 0; at + gramLength <= text.length; at += 1) {
      const keys = this.#keys[gramAt(text, at)];
      if (keys === undefined) continue;
      for (const { entry, literal } of keys)
        if (entry < found && text.startsWith(literal, at) && this.#fits(entry, text)) found = entry;
    }
    return this.#entries[found];
  }

  #add(key: Key): void {
    const gram = gramAt(key.literal, 0);
    const keys = this.#keys[gram];
    if (keys) keys.push(key);
    else this.#keys[gram] = [key];
  }

  #fits(entry: number, text: string): boolean {
    if (this.#triedFor[entry] === this.#texts) return false;
    this.#triedFor[entry] = this.#texts;
    this.#compiled[entry] ??= new RegExp(this.#entries[entry]?.pattern ?? '');
    return this.#compiled[entry].test(text);
  }
}

/** Where the key for these letters is, 0 to `slots` - 1. */
function gramAt(text: string, at: number): number {
  const hash = text.charCodeAt(at) + text.charCodeAt(at + 1) * 37 + text.charCodeAt(at + 2) * 1361;
  return hash & (slots - 1);
}

// One piece of a pattern: an escape, a class, how often, or any character.
const piece = /\\.|\[(?:\\.|[^\]\\])*\]|\{\d+(?:,\d*)?\}|./gsu;

/** The alternatives of a pattern, cut at the bars outside of groups; a group around everything is opened. */
export function alternatives(pattern: string): string[] {
  const found = [''];
  let depth = 0;
  for (const [text] of pattern.matchAll(piece)) {
    if (text === '(') depth += 1;
    if (text === ')') depth -= 1;
    if (text === '|' && depth === 0) found.push('');
    else found[found.length - 1] += text;
  }
  const inner = found.length === 1 ? /^\((?!\?)(.*)\)$/s.exec(pattern)?.[1] : undefined;
  return inner !== undefined && isBalanced(inner) ? alternatives(inner) : found;
}

function isBalanced(pattern: string): boolean {
  let depth = 0;
  for (const [text] of pattern.matchAll(piece)) {
    if (text === '(') depth += 1;
    if (text === ')') depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

/**
 * Plain characters that every text fitting this alternative holds, as many as there are. The first run that is long enough:
 * what stands behind it is often common to many (`antenna/.*CFNetwork`).
 */
export function literalOf(alternative: string): string {
  const runs = [''];
  let depth = 0;
  for (const [text] of alternative.matchAll(piece)) {
    if (text === '(') depth += 1;
    const literal = depth === 0 ? characterOf(text) : undefined;
    if (text === ')') depth -= 1;
    // The character before these may be missing.
    if (/^[?*{]/.test(text)) runs.push((runs.pop() ?? '').replace(/.$/su, ''));
    if (literal === undefined) runs.push('');
    else runs[runs.length - 1] += literal;
  }
  const longest = runs.reduce((long, run) => (run.length > long.length ? run : long), '');
  return runs.find((run) => run.length >= telling) ?? longest;
}

/** The character that a piece stands for; undefined for what stands for several, or for none. */
function characterOf(text: string): string | undefined {
  if (/^\\[^A-Za-z0-9]$/.test(text)) return text.slice(1);
  return text.length > 2 || /^(?:\\.|[.^$|?*+()[\]{}])/s.test(text) ? undefined : text;
}
