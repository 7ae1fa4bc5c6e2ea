// Turns good links into bad ones, reproducibly: what a forger might try, and what a mail program does by itself.

/** A reproducible stream of numbers (mulberry32). */
export function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

type Pick = (below: number) => number;

const alphabet =
  'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~%&=?/+,;:@!$\'()*"<>\\^`{|}[]\xff';
const known = 'efbktpirns';

const split = (link: string): [string, string[]] => {
  const at = link.indexOf('?');
  return at < 0 ? [link, []] : [link.slice(0, at), link.slice(at + 1).split('&')];
};
const join = (path: string, args: readonly string[]) => `${path}?${args.join('&')}`;

const mutations: readonly ((link: string, other: string, pick: Pick) => string)[] = [
  // A character changed, taken out, put in, doubled.
  (link, _, pick) => {
    const at = 1 + pick(link.length - 1);
    return link.slice(0, at) + alphabet.charAt(pick(alphabet.length)) + link.slice(at + 1);
  },
  (link, _, pick) => {
    const at = 1 + pick(link.length - 1);
    return link.slice(0, at) + link.slice(at + 1 + pick(3));
  },
  (link, _, pick) => {
    const at = 1 + pick(link.length);
    return link.slice(0, at) + alphabet.charAt(pick(alphabet.length)) + link.slice(at);
  },
  (link, _, pick) => link.slice(0, 1 + pick(link.length)),
  // An argument taken from another link, added, taken out, doubled, moved, renamed.
  (link, other, pick) => {
    const [path, args] = split(link);
    const [, others] = split(other);
    args[pick(args.length)] = others[pick(others.length)] ?? '';
    return join(path, args);
  },
  (link, other, pick) => {
    const [path, args] = split(link);
    const [, others] = split(other);
    return join(path, [...args, others[pick(others.length)] ?? '']);
  },
  (link, _, pick) => {
    const [path, args] = split(link);
    args.splice(pick(args.length), 1);
    return join(path, args);
  },
  (link, _, pick) => {
    const [path, args] = split(link);
    return join(path, [...args, args[pick(args.length)] ?? '']);
  },
  (link, _, pick) => {
    const [path, args] = split(link);
    const at = pick(args.length);
    args[at] = known.charAt(pick(known.length)) + (args[at] ?? '').slice(1);
    return join(path, args);
  },
  (link, _, pick) => {
    const [path, args] = split(link);
    const at = pick(args.length);
    args[at] = (args[at] ?? '').charAt(0).toUpperCase() + (args[at] ?? '').slice(1);
    return join(path, args);
  },
  // A value made greater, emptied, given another's; a field invented.
  (link, _, pick) => {
    const [path, args] = split(link);
    const at = pick(args.length);
    args[at] = `${args[at]}${pick(10)}`;
    return join(path, args);
  },
  (link, _, pick) => {
    const [path, args] = split(link);
    const at = pick(args.length);
    args[at] = (args[at] ?? '').replace(/=.*/, '=');
    return join(path, args);
  },
  (link, _, pick) => {
    const [path, args] = split(link);
    const name = known.charAt(pick(known.length));
    args.splice(pick(args.length + 1), 0, `${name}=${['1', '2', '9999999999', 'a1', 'x'][pick(5)]}`);
    return join(path, args);
  },
  // Another path under the same arguments.
  (link, other) => join(split(other)[0], split(link)[1]),
  (link, _, pick) =>
    link.replace(/\/([^/?]*)\?/, `/${['../', './', '%2e%2e/', '%00', '', 'x/', '%0a'][pick(7)]}$1?`),
];

/** `link` with one to three mutations; `other` lends its parts. */
export function mutate(link: string, other: string, pick: Pick): string {
  let mutated = link;
  for (let times = 1 + pick(3); times > 0; times--) {
    if (!mutated.includes('?')) break;
    const mutation = mutations[pick(mutations.length)];
    if (mutation) mutated = mutation(mutated, other, pick);
  }
  return mutated.replace(/\s/g, '');
}

/**
 * What a link says: the path once NGINX has normalised it, and each argument of ours. Two links that say the same
 * are the same link. Written apart from the gate's own parser, on purpose.
 */
export function meaning(link: string): string {
  const [rawPath, args] = split(link.replace(/#.*/, ''));
  const segments = normalised(bytes(rawPath));
  const fields = args
    .filter((arg) => arg.charAt(1) === '=' && known.includes(arg.charAt(0).toLowerCase()))
    .map((arg) => (arg.startsWith('n=') ? `n=${decoded(arg.slice(2))}` : arg))
    .sort();
  // A folder link says nothing about what lies below its folder.
  const folder = Number(fields.find((field) => field.startsWith('p='))?.slice(2) ?? 'NaN');
  if (segments.length > folder) segments.splice(folder, Number.POSITIVE_INFINITY, '');
  return `/${segments.join('/')}?${fields.join('&')}`;
}

/** The segments of a decoded path as NGINX's $uri has them: no dot segments, no empty ones but a last. */
export function normalised(path: string): string[] {
  const segments: string[] = [];
  for (const segment of path.split('/').slice(1)) {
    if (segment === '..') segments.pop();
    else if (segment !== '.' && segment !== '') segments.push(segment);
  }
  if (/\/\.{0,2}$/.test(path)) segments.push('');
  return segments;
}

/** Percent-decoded to bytes, one character each: not everything that a client sends is UTF-8. */
function bytes(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return `unreadable ${text}`;
  }
}
