// What was asked for: the path of a request line or target, as NGINX's $uri has it.

const utf8 = new TextDecoder('utf-8', { fatal: true });

export type RequestLine = { method: string; target: string };

/** Method and target of a request line, of HTTP/0.9 too; undefined for what is none. Blanks in a target belong to it. */
export function readRequestLine(line: string): RequestLine | undefined {
  const gap = line.indexOf(' ');
  if (gap < 0) return undefined;
  const method = line.slice(0, gap);
  if (!/^[A-Z][A-Z_-]{0,31}$/.test(method)) return undefined;
  const version = line.lastIndexOf(' HTTP/');
  if (version >= 0 && !/^ HTTP\/\d(?:\.\d)?$/.test(line.slice(version))) return undefined;
  // Without a version it is HTTP/0.9, which has no other method.
  if (version < 0 && method !== 'GET') return undefined;
  const target = line.slice(gap + 1, version < 0 ? line.length : Math.max(version, gap + 1)).trim();
  if (target === '' || (version < 0 && target.includes(' '))) return undefined;
  return { method, target };
}

/** The host that an absolute target names, with its port; undefined where it names none. */
export function hostOfTarget(target: string): string | undefined {
  return /^https?:\/\/(?:[^/?#@]*@)?([^/?#]+)/i.exec(target)?.[1];
}

/** The path of a request target: no query, decoded once, normalised. Latin-1 of its bytes in, text out. */
export function decodePath(target: string): string | undefined {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '') || '/';
  if (!path.startsWith('/') || /%(?![0-9A-Fa-f]{2})/.test(path)) return undefined;
  return readPath(
    path.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
  );
}

/** A path that was decoded already, as NGINX's $uri and Apache's %U are. */
export function readPath(bytes: string): string | undefined {
  if (!bytes.startsWith('/')) return undefined;
  try {
    const decoded = utf8.decode(Buffer.from(bytes, 'latin1'));
    return decoded.includes('\0') || decoded.length > 4096 ? undefined : normalise(decoded);
  } catch {
    // Not UTF-8: PostgreSQL's text cannot hold it, and a guessed encoding would be an invented name.
    return undefined;
  }
}

function normalise(path: string): string | undefined {
  const kept: string[] = [];
  const segments = path.split('/').slice(1);
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1;
    if (segment === '..') {
      if (kept.pop() === undefined) return undefined;
      if (last) kept.push('');
    } else if (segment === '.' || segment === '') {
      if (last) kept.push('');
    } else {
      kept.push(segment);
    }
  }
  return `/${kept.join('/')}`;
}
