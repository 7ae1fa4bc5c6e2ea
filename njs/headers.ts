// The response headers that a link asks for.

export { folderCookie } from './link/build.ts';

/** Content-Disposition for a file name (RFC 6266): in ASCII for old clients, and as it is for all others. */
export function disposition(name: string): string {
  let ascii = '';
  for (let i = 0; i < name.length; i++) {
    const c = name.charCodeAt(i);
    // The second half of a character: QuickJS counts UTF-16, njs's own engine counts characters.
    if (c >= 0xdc00 && c <= 0xdfff) continue;
    // What a quoted string or a percent-decoding client would read as something else is left out too.
    ascii += c >= 32 && c < 127 && '"\\%/'.indexOf(name.charAt(i)) < 0 ? name.charAt(i) : '_';
  }
  // RFC 8187 allows fewer characters than encodeURIComponent leaves alone.
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
