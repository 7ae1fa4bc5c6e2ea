// A regular expression as NGINX's PCRE reads it, as a tree. From it come the same expression for JavaScript, and addresses
// that it matches.

export type Node =
  /** One character. */
  | { kind: 'one'; js: string }
  | { kind: 'all'; items: Node[] }
  | { kind: 'any'; options: Node[] }
  | { kind: 'times'; item: Node; min: number; max: number; js: string }
  | { kind: 'group'; item: Node; name?: string | undefined }
  /** A look ahead or behind. It takes no character. */
  | { kind: 'look'; open: string; item: Node }
  | { kind: 'mark'; mark: 'start' | 'end' | 'other'; js: string }
  /** A reference to what a group has matched. */
  | { kind: 'again'; js: string };

export type Expression = { root: Node; ignoreCase: boolean };

const escapes: Readonly<Record<string, string>> = {
  h: '[ \\t]',
  H: '[^ \\t]',
  N: '[^\\n]',
  R: '\\n',
  a: '\\x07',
  e: '\\x1b',
};
const posix: Readonly<Record<string, string>> = {
  alpha: 'a-zA-Z',
  digit: '0-9',
  alnum: 'a-zA-Z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  xdigit: '0-9a-fA-F',
  space: '\\s',
  word: '\\w',
  punct: '!-\\/:-@\\[-`{-~',
};

/**
 * Possessive quantifiers and atomic groups are read as ordinary ones.
 * @throws Error for what it cannot read: recursion, conditions, properties of characters
 */
export function parseExpression(source: string): Expression {
  let at = 0;
  let ignoreCase = false;
  let dot = '.';
  const text = source.replace(/\\Q([\s\S]*?)(?:\\E|$)/g, (_, literal: string) =>
    literal.replace(/[^A-Za-z0-9]/g, '\\$&'),
  );
  const fail = (what: string): never => {
    throw new Error(`${what} at ${at} of ${source}`);
  };

  function alternatives(): Node {
    const options = [sequence()];
    for (; text[at] === '|'; ) {
      at += 1;
      options.push(sequence());
    }
    return options.length === 1 ? (options[0] as Node) : { kind: 'any', options };
  }

  function sequence(): Node {
    const items: Node[] = [];
    while (at < text.length && text[at] !== '|' && text[at] !== ')') {
      const item = atom();
      if (item) items.push(quantified(item));
    }
    return { kind: 'all', items };
  }

  function quantified(item: Node): Node {
    const found = /^(?:([*+?])|\{(\d*)(,?)(\d*)\})([?+]?)/.exec(text.slice(at));
    if (!found || found[0].startsWith('{}') || found[0].startsWith('{,}')) return item;
    const [all, sign, low = '', comma, high = '', greed] = found;
    at += all.length;
    const min = sign ? (sign === '+' ? 1 : 0) : Number(low);
    const open = sign === '*' || sign === '+' || (comma === ',' && high === '');
    const max = sign === '?' ? 1 : open ? Number.POSITIVE_INFINITY : Number(comma ? high : low);
    const js = `{${min},${open ? '' : max}}${greed === '?' ? '?' : ''}`;
    return { kind: 'times', item, min, max, js };
  }

  function atom(): Node | undefined {
    const character = text[at] as string;
    if (character === '(') return group();
    if (character === '[') return { kind: 'one', js: characterClass() };
    if (character === '\\') return escaped();
    at += 1;
    if (character === '^') return { kind: 'mark', mark: 'start', js: '^' };
    if (character === '$') return { kind: 'mark', mark: 'end', js: '$' };
    if (character === '.') return { kind: 'one', js: dot };
    return { kind: 'one', js: character.replace(/[/*+?{}\])]/, '\\$&') };
  }

  function escaped(): Node {
    const [all, letter = ''] =
      /^\\(x\{[0-9a-fA-F]+\}|x[0-9a-fA-F]{0,2}|[\s\S])/.exec(text.slice(at)) ?? fail('escape');
    at += all.length;
    if (letter.startsWith('x')) return { kind: 'one', js: hexadecimal(letter) };
    if (letter === 'A') return { kind: 'mark', mark: 'start', js: '^' };
    if (letter === 'z' || letter === 'Z') return { kind: 'mark', mark: 'end', js: '$' };
    if (/[bBGK]/.test(letter)) return { kind: 'mark', mark: 'other', js: /[bB]/.test(letter) ? all : '' };
    if (/[1-9]/.test(letter)) return { kind: 'again', js: all };
    if (/[dDwWsSvtrnf0]/.test(letter)) return { kind: 'one', js: all };
    const known = escapes[letter];
    if (known) return { kind: 'one', js: known };
    if (/[A-Za-z]/.test(letter)) return fail('escape');
    return { kind: 'one', js: /[\w\s'"#%&,:;<=>@`~!-]/.test(letter) ? letter : `\\${letter}` };
  }

  function group(): Node | undefined {
    const rest = text.slice(at);
    const comment = /^\(\?#[^)]*\)|^\(\*[A-Z_0-9=]+\)/.exec(rest);
    if (comment) {
      at += comment[0].length;
      return undefined;
    }
    const flags = /^\(\?([imsJU]*)(?:-[imsJU]+)?([:)])/.exec(rest);
    if (flags && (flags[1] || flags[2] === ')' || rest.startsWith('(?-'))) return flagged(flags);
    const [opening] = /^\((?:\?(?:<?[=!]|P?<\w+>|'\w+'|[:>|]))?/.exec(rest) ?? [''];
    if (opening === '(' && rest.startsWith('(?')) return fail('group');
    at += opening.length;
    const item = closed();
    if (/[=!]$/.test(opening)) return { kind: 'look', open: opening, item };
    if (/[:>|]$/.test(opening) && !/\w>$/.test(opening)) return item;
    return { kind: 'group', item, name: /[<'](\w+)[>']/.exec(opening)?.[1] };
  }

  /** `(?i)` up to the end, or `(?s:...)`. In JavaScript, case can be ignored only in a whole expression. */
  function flagged([all, on = '', end]: RegExpExecArray): Node | undefined {
    at += all.length;
    if (on.includes('i')) ignoreCase = true;
    const outside = dot;
    if (on.includes('s')) dot = '[\\s\\S]';
    if (end === ')') return undefined;
    const item = closed();
    dot = outside;
    return item;
  }

  function closed(): Node {
    const item = alternatives();
    if (text[at] !== ')') fail('missing )');
    at += 1;
    return item;
  }

  function characterClass(): string {
    const found = /^\[(\^?)(\]?(?:\[:\^?\w+:\]|\\[\s\S]|[^\]\\])*)\]/.exec(text.slice(at)) ?? fail('class');
    at += found[0].length;
    const inside = (found[2] as string)
      .replace(/^\]/, '\\]')
      .replace(/\[:(\w+):\]/g, (_, name: string) => posix[name] ?? fail('class'))
      .replace(/\\h/g, ' \\t')
      .replace(/\\([^\w\s\\\]^-])/g, '$1')
      .replace(/(?<!\\)\[/g, '\\[');
    return `[${found[1]}${inside}]`;
  }

  const root = alternatives();
  if (at < text.length) fail('surplus )');
  return { root, ignoreCase };
}

function hexadecimal(letter: string): string {
  const code = Number.parseInt(letter.replace(/[x{}]/g, '') || '0', 16);
  return `\\u${(code & 0xffff).toString(16).padStart(4, '0')}`;
}

/** The same expression for JavaScript, and the names of its groups by their number. */
export function toJavaScript({ root, ignoreCase }: Expression): {
  regex: RegExp;
  groups: (string | undefined)[];
} {
  const groups: (string | undefined)[] = [undefined];
  const say = (node: Node): string => {
    switch (node.kind) {
      case 'all':
        return node.items.map(say).join('');
      case 'any':
        return `(?:${node.options.map(say).join('|')})`;
      case 'times':
        return `(?:${say(node.item)})${node.js}`;
      case 'group':
        groups.push(node.name);
        return `(${say(node.item)})`;
      case 'look':
        return `${node.open}${say(node.item)})`;
      default:
        return node.js;
    }
  };
  return { regex: new RegExp(say(root), ignoreCase ? 'i' : ''), groups };
}
