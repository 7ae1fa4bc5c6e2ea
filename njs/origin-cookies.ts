// A request's cookies without ours, for origins (origin.conf).

const semicolon = 0x3b;
const space = 0x20;
const tab = 0x09;

/**
 * The Cookie header without folder links; empty if nothing is left. As bytes, for foreign cookies may hold what is no
 * UTF-8.
 */
export function otherCookies(r: NginxHTTPRequest): Buffer | string {
  const header = r.rawVariables.http_cookie as Buffer;
  const kept: Buffer[] = [];
  let from = 0;
  for (let at = 0; at <= header.length; at++) {
    if (at < header.length && header[at] !== semicolon) continue;
    while (header[from] === space || header[from] === tab) from++;
    const cookie = header.slice(from, Math.max(from, at));
    if (cookie.length > 0 && cookie.slice(0, 10).toString().toLowerCase() !== 'tallygate=') {
      if (kept.length > 0) kept.push(Buffer.from('; '));
      kept.push(cookie);
    }
    from = at + 1;
  }
  const all = Buffer.concat(kept);
  // Before 0.8 NGINX would get a Buffer as text. But those versions can make a string of bytes.
  const bytesFrom = (String as unknown as { bytesFrom?: (bytes: Buffer) => string }).bytesFrom;
  return bytesFrom === undefined ? all : bytesFrom(all);
}
