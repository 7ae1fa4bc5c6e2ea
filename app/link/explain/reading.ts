// What was pasted, taken apart as NGINX takes it apart: where the arguments stand, and the path they are for.

/** As somebody has it; `cookie`: a header, a Set-Cookie value, `tallygate=...` or the value alone. */
export type Pasted = { readonly address: string; readonly cookie?: string | undefined };

/** A cookie with what a browser looks at before it sends it; absent where it was not pasted. */
export type Cookie = { readonly value: string; readonly path: string | undefined; readonly secure: boolean };

export type Reading = {
  /** where NGINX finds the arguments */
  readonly place: 'query' | 'path' | 'cookie';
  /** as they stand there: a query string, or segments */
  readonly text: string;
  /** whether NGINX takes them for a link's: segments of another form are no link to segments.conf */
  readonly isTaken: boolean;
  /** NGINX's $uri, decoded and normalised; where the arguments stand in the path, what follows them */
  readonly path: string;
  /** the same as it was pasted */
  readonly raw: string;
  /** the same as programs send it: without dot segments, and encoded where it must be */
  readonly sent: string;
  readonly query: string;
  /** `https://dl.example.org`, or '' for a path alone */
  readonly origin: string;
  readonly cookie: Cookie | undefined;
};

/** What cannot be asked for at all, and why. */
export type Unaskable = { readonly kind: 'unaskable'; readonly says: string; readonly remedy: string };

// As in nginx/segments.conf.
const segments = /^\/s\/([A-Za-z0-9_-]{22}\/[0-9a-z.]{1,80}\/[a-z0-9-]{1,16}\/[A-Za-z0-9_-]{1,32})(\/.*)$/s;
// What was meant so: the time is what tells them from a site's own.
const likeSegments = /^\/(?:s\/|(?=[\w-]{22}\/))([^/]*\/\d[^/]*\/[^/]*\/[^/]*)(\/.*|)$/is;

/** Takes a link apart; the host does not matter to it. */
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

/** A value of a query as NGINX's $arg_x reads it: the first, whatever its case, not decoded. */
export function argument(query: string, name: string): string {
  return new RegExp(`(?:^|&)${name}=([^&]*)`, 'i').exec(query)?.[1] ?? '';
}

/** The arguments of a reading by name, as they stand there, however wrong they are; each with all its values. */
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

/** $uri of a path as it was asked for; undefined where NGINX answers 400. */
export function uriOf(raw: string): string | undefined {
  if (/%(?![0-9a-f]{2})|%00/i.test(raw)) return undefined;
  // One character for each byte: what was asked for need not be UTF-8.
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

/** Whether a Secure cookie is asked to go where no browser sends it. */
export function isTooOpen({ secure }: Cookie, origin: string): boolean {
  return secure && /^http:\/\/(?!localhost\b|127\.)/i.test(origin);
}

function readCookie(text: string): Cookie {
  const parts = text.replace(/^\s*(?:set-)?cookie:/i, '').split(';');
  const named = parts.find((part) => /^\s*tallygate=/i.test(part));
  const attribute = (name: RegExp) => parts.find((part) => name.test(part))?.replace(name, '');
  return {
    // Some clients quote what holds a slash: NGINX takes the marks off.
    value: (named ?? parts[0] ?? '')
      .trim()
      .replace(/^tallygate=/i, '')
      .replace(/^"(.*)"$/, '$1'),
    path: attribute(/^\s*path=/i)?.trim(),
    secure: attribute(/^\s*secure\s*$/i) !== undefined,
  };
}

/** A path as browsers and curl send it; they would take a backslash for a slash, which is another mistake. */
function asSent(raw: string): string {
  return new URL(`http://host${raw.replaceAll('\\', '%5C').replace(/^(?!\/)/, '/')}`).pathname;
}

/** What stands behind the five segments /s/<s>/<e>/<k>/<t>. */
const behindSegments = (path: string) => path.replace(/^(?:\/+[^/]*){5}/, '');

function unaskable(says: string): Unaskable {
  return { kind: 'unaskable', says, remedy: 'Copy the link whole, or encode its path as UTF-8.' };
}
