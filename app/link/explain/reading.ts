// Takes a pasted link apart as NGINX does: where are the arguments, and which path are they for?

/** What somebody pasted. `cookie`: a header, a Set-Cookie value, `tallygate=...` or the value alone. */
export type Pasted = { readonly address: string; readonly cookie?: string | undefined };

/** A cookie, and what a browser looks at before it sends it. Parts that were not pasted are absent. */
export type Cookie = { readonly value: string; readonly path: string | undefined; readonly secure: boolean };

export type Reading = {
  /** where NGINX finds the arguments */
  readonly place: 'query' | 'path' | 'cookie';
  /** as they stand there: a query string, or segments */
  readonly text: string;
  /** whether NGINX sees a link in them: segments.conf ignores segments of another form */
  readonly isTaken: boolean;
  /** NGINX's $uri, decoded and normalised. If the arguments are in the path, it is what follows them. */
  readonly path: string;
  /** the same as it was pasted */
  readonly raw: string;
  /** the same as a program sends it: without dot segments, and encoded where needed */
  readonly sent: string;
  readonly query: string;
  /** `https://dl.example.org`, or '' for a path alone */
  readonly origin: string;
  readonly cookie: Cookie | undefined;
};

/** A link that no program can ask for, and why. */
export type Unaskable = { readonly kind: 'unaskable'; readonly says: string; readonly remedy: string };

// The same pattern as in nginx/segments.conf.
const segments = /^\/s\/([A-Za-z0-9_-]{22}\/[0-9a-z.]{1,80}\/[a-z0-9-]{1,16}\/[A-Za-z0-9_-]{1,32})(\/.*)$/s;
// Segments that are meant for a link. The time in them tells them apart from a site's own path.
const likeSegments = /^\/(?:s\/|(?=[\w-]{22}\/))([^/]*\/\d[^/]*\/[^/]*\/[^/]*)(\/.*|)$/is;

/** Takes a link apart. The host does not matter: a link is for a path. */
export function read({ address, cookie }: Pasted): Reading | Unaskable {
  const [, origin = '', rest = ''] =
    /^([a-z][a-z0-9+.-]*:\/\/[^/?#]*|[\w-]+(?:\.[\w-]+)+(?::\d+)?(?=\/))?(.*)$/is.exec(address) ?? [];
  const [target = ''] = rest.split('#', 1);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that are refused
  if (/[\x00-\x1f\x7f]/.test(target)) return unaskable('it holds a line end or another control character');
  const mark = target.indexOf('?');
  const raw = mark < 0 ? target : target.slice(0, mark);
  const query = mark < 0 ? '' : target.slice(mark + 1);
  const uri = uriOf(raw);
  if (uri === undefined)
    return unaskable('the path holds a % that two hexadecimal digits do not follow, or climbs above /');
  const parsed = cookie === undefined ? undefined : readCookie(cookie);
  const whole = { isTaken: true, query, origin, cookie: parsed, raw, sent: asSent(raw) };
  const behind = { ...whole, raw: behindSegments(raw), sent: behindSegments(whole.sent) };
  const own = segments.exec(uri);
  if (own) return { ...behind, place: 'path', text: own[1] ?? '', path: own[2] ?? '' };
  const hasSignature = argument(query, 's') !== '';
  const near = hasSignature ? undefined : likeSegments.exec(uri);
  if (near) {
    const [, text = '', path = ''] = near;
    return { ...behind, place: 'path', text, isTaken: false, path };
  }
  if (parsed && !hasSignature) return { ...whole, place: 'cookie', text: parsed.value, path: uri };
  return { ...whole, place: 'query', text: query, path: uri };
}

/** The value of an argument as NGINX's $arg_x has it: the first one, in any case, not decoded. */
export function argument(query: string, name: string): string {
  return new RegExp(`(?:^|&)${name}=([^&]*)`, 'i').exec(query)?.[1] ?? '';
}

/** All arguments of a reading by name, each with all its values, however wrong they are. */
export function argumentsOf({ place, text }: Reading): ReadonlyMap<string, readonly string[]> {
  const pairs: [name: string, value: string][] = [];
  if (place === 'query') {
    for (const part of text.split('&')) {
      const at = part.indexOf('=');
      if (at > 0) pairs.push([part.slice(0, at), part.slice(at + 1)]);
    }
  } else {
    const [s = '', times = '', k = '', t = ''] = text.split('/');
    const [e = '', ...fields] = times.split('.');
    pairs.push(['s', s], ['e', e], ['k', k]);
    for (const field of fields) pairs.push([field.slice(0, 1), field.slice(1)]);
    if (t !== '-') pairs.push(['t', t]);
  }
  const found = new Map<string, string[]>();
  for (const [name, value] of pairs) found.set(name, [...(found.get(name) ?? []), value]);
  return found;
}

/** $uri of a path that is asked for. Undefined if NGINX answers 400. */
export function uriOf(raw: string): string | undefined {
  if (/%(?![0-9a-f]{2})|%00/i.test(raw)) return undefined;
  // One character for each byte, for a path need not be UTF-8.
  const bytes = Buffer.from(raw, 'utf8')
    .toString('latin1')
    .replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const kept: string[] = [];
  const parts = bytes.replace(/^\//, '').split('/');
  for (const [index, part] of parts.entries()) {
    if (part === '..' && kept.pop() === undefined) return undefined;
    if (part !== '' && part !== '.' && part !== '..') kept.push(part);
    else if (index === parts.length - 1) kept.push('');
  }
  return Buffer.from(`/${kept.join('/')}`, 'latin1').toString('utf8');
}

/** Whether the path of a cookie begins the path as it is sent, which is what browsers compare (RFC 6265, 5.1.4). */
export function isWithin({ path = '/' }: Cookie, sent: string): boolean {
  if (!sent.startsWith(path)) return false;
  return path.endsWith('/') || sent.length === path.length || sent.charAt(path.length) === '/';
}

/** Whether the cookie is Secure and the address plain HTTP, where no browser sends it. */
export function isTooOpen({ secure }: Cookie, origin: string): boolean {
  return secure && /^http:\/\/(?!localhost\b|127\.)/i.test(origin);
}

function readCookie(text: string): Cookie {
  const parts = text.replace(/^\s*(?:set-)?cookie:/i, '').split(';');
  const named = parts.find((part) => /^\s*tallygate=/i.test(part));
  const attribute = (name: RegExp) => parts.find((part) => name.test(part))?.replace(name, '');
  return {
    // Some clients put quotation marks around a value with a slash. NGINX takes them off.
    value: (named ?? parts[0] ?? '')
      .trim()
      .replace(/^tallygate=/i, '')
      .replace(/^"(.*)"$/, '$1'),
    path: attribute(/^\s*path=/i)?.trim(),
    secure: attribute(/^\s*secure\s*$/i) !== undefined,
  };
}

/** A path as browsers and curl send it. A backslash stays: what they make of it is a mistake of its own. */
function asSent(raw: string): string {
  return new URL(`http://host${raw.replaceAll('\\', '%5C').replace(/^(?!\/)/, '/')}`).pathname;
}

/** The path behind the five segments /s/<s>/<e>/<k>/<t>. */
const behindSegments = (path: string) => path.replace(/^(?:\/+[^/]*){5}/, '');

function unaskable(says: string): Unaskable {
  return { kind: 'unaskable', says, remedy: 'Copy the link whole, or encode its path as UTF-8.' };
}
