// The regular expression of a location or rewrite. Does an address match? What do its groups hold? Which addresses with a
// given beginning would match?

import { isNormal } from './address.ts';
import { type Expression, type Node, parseExpression, toJavaScript } from './expression.ts';

export type Pattern = {
  test(address: string): boolean;
  /** The text with $1 and $name filled in. Undefined if the address does not match, or another variable is left. */
  expand(text: string, address: string): string | undefined;
  /** Literal text that every matching address begins with. */
  head: string;
  /** Matching addresses that begin with `beginning`: a few for each alternative of the expression. */
  examples(beginning: string): readonly string[];
};

/** Undefined for an expression that we cannot read. The checks then say nothing of it. */
export function readPattern(source: string, ignoreCase = false): Pattern | undefined {
  let expression: Expression;
  let compiled: ReturnType<typeof toJavaScript>;
  try {
    expression = parseExpression(source);
    compiled = toJavaScript({ ...expression, ignoreCase: ignoreCase || expression.ignoreCase });
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
  const { regex, groups } = compiled;
  const grown = new Map<string, string[]>();
  return {
    test: (address) => regex.test(address),
    expand(text, address) {
      const found = regex.exec(address);
      return found ? expand(text, found, groups) : undefined;
    },
    head: expression.ignoreCase || ignoreCase ? '' : headOf(expression.root),
    examples(beginning) {
      const known = grown.get(beginning) ?? [...examples(expression, regex, beginning)];
      grown.set(beginning, known);
      return known;
    },
  };
}

function expand(
  text: string,
  found: RegExpExecArray,
  groups: readonly (string | undefined)[],
): string | undefined {
  let whole = true;
  const expanded = text.replace(/\$\{?(\w+)\}?/g, (_, name: string) => {
    const number = /^\d$/.test(name) ? Number(name) : groups.indexOf(name);
    if (number < 0) whole = false;
    return found[number] ?? '';
  });
  return whole ? expanded : undefined;
}

function headOf(root: Node): string {
  const items = root.kind === 'all' ? root.items : [root];
  if (items[0]?.kind !== 'mark' || items[0].mark !== 'start') return '';
  let head = '';
  for (const item of items.slice(1)) {
    if (item.kind !== 'one' || !/^\\?[^[\\]$/.test(item.js) || item.js === '.') break;
    head += item.js.at(-1);
  }
  return head;
}

const enough = 32;
const patience = 20_000;

function* examples({ root }: Expression, regex: RegExp, beginning: string): Generator<string> {
  const steps = { left: patience };
  const seen = new Set<string>();
  // The match may begin behind a file's first letter, behind the beginning, or within it.
  const starts = [
    `${beginning}x`,
    beginning,
    ...Array.from({ length: beginning.length }, (_, n) => beginning.slice(0, n)),
  ];
  for (const start of starts) {
    // If the expression is open at its end, an address may go on there.
    for (const text of grow(root, start, { beginning, steps }, once)) {
      const whole = text.length < beginning.length ? `${beginning}x` : text;
      for (const address of [whole, `${whole}x`]) {
        if (seen.has(address) || !address.startsWith(beginning) || !isNormal(address)) continue;
        seen.add(address);
        if (regex.test(address)) yield address;
        if (seen.size >= enough * 4) return;
      }
      if (steps.left <= 0) return;
    }
  }
}

function* once(text: string): Generator<string> {
  yield text;
}

type Growth = { beginning: string; steps: { left: number } };
type Next = (text: string) => Generator<string>;

/**
 * Continues `text` so that `node` matches, and follows `beginning` as long as it lasts. Of anchors and looks only the start
 * is obeyed: the caller tries each result.
 */
function* grow(node: Node, text: string, growth: Growth, next: Next): Generator<string> {
  if (growth.steps.left-- <= 0) return;
  const { beginning } = growth;
  switch (node.kind) {
    case 'one':
      if (text.length >= beginning.length) {
        for (const character of samples(node.js)) yield* next(text + character);
      } else if (oneOf(node.js).test(beginning[text.length] as string)) {
        yield* next(text + beginning[text.length]);
      }
      return;
    case 'all':
      yield* growAll(node.items, 0, text, growth, next);
      return;
    case 'any':
      for (const option of node.options) yield* grow(option, text, growth, next);
      return;
    case 'times':
      yield* growTimes(node, 0, text, growth, next);
      return;
    case 'group':
      yield* grow(node.item, text, growth, next);
      return;
    case 'mark':
      if (node.mark !== 'start' || text === '') yield* next(text);
      return;
    default:
      yield* next(text);
  }
}

function* growAll(
  items: readonly Node[],
  index: number,
  text: string,
  growth: Growth,
  next: Next,
): Generator<string> {
  const item = items[index];
  if (!item) yield* next(text);
  else yield* grow(item, text, growth, (grown) => growAll(items, index + 1, grown, growth, next));
}

function* growTimes(
  node: Node & { kind: 'times' },
  count: number,
  text: string,
  growth: Growth,
  next: Next,
): Generator<string> {
  // As often as it takes to get past the beginning. After that, once is enough.
  const again = count < node.min || text.length <= growth.beginning.length || count === 0;
  if (count < node.max && again)
    yield* grow(node.item, text, growth, function* (grown) {
      if (grown !== text || count < node.min) yield* growTimes(node, count + 1, grown, growth, next);
    });
  if (count >= node.min) yield* next(text);
}

const known = new Map<string, RegExp>();

function oneOf(js: string): RegExp {
  const regex = known.get(js) ?? new RegExp(`^${js}$`, 'i');
  known.set(js, regex);
  return regex;
}

const printable = Array.from({ length: 94 }, (_, n) => String.fromCharCode(33 + n));

/** One or two of the characters that a class allows, the most ordinary first. */
function samples(js: string): string[] {
  const literal = /^\\?([^[\\.])$/.exec(js)?.[1];
  if (literal && !/^\\[a-zA-Z0-9]/.test(js)) return [literal];
  const ordinary = [...'xa1/.-_'];
  return [...ordinary, ...printable].filter((character) => oneOf(js).test(character)).slice(0, 2);
}
