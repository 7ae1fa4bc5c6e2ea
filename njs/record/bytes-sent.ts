// Bytes of the file that were sent, where NGINX's own number holds more.

/** What NGINX counts as part of the body: `HTTP/1.1 100 Continue` with its two line ends. */
const continueLength = 25;
/** The chunk that ends a chunked body. */
const lastChunkLength = 5;

/**
 * $body_bytes_sent without "100 Continue", early hints and frames. Where nobody said the length beforehand nothing tells how
 * many frames there were: what is left is to the byte where there was one, and otherwise that of the others too much.
 */
export function sent(v: NginxVariables): number {
  let bytes = Number(v.body_bytes_sent);
  if (v.server_protocol === 'HTTP/1.1' && (v.http_expect || '').toLowerCase() === '100-continue')
    bytes = Math.max(0, bytes - continueLength);
  const length = v.sent_http_content_length || '';
  if (length !== '') return Math.min(bytes, Number(length));
  const isWhole = v.request_completion === 'OK';
  if (v.sent_http_transfer_encoding === 'chunked') bytes = unchunked(bytes, isWhole);
  else if (v.server_protocol === 'HTTP/3.0') bytes = unframed(bytes);
  return Math.min(bytes, received(v, isWhole));
}

/** How much the origin sent of what is passed on; Infinity where this is kept from an earlier request, or there is none. */
function received(v: NginxVariables, isWhole: boolean): number {
  if (/^(HIT|STALE|UPDATING|REVALIDATED)$/.test(v.upstream_cache_status || '')) return Infinity;
  // One for each origin that was asked: `0, 1024`, `512 : 1024`.
  const found = /([0-9]+)\s*$/.exec(v.upstream_response_length || '');
  if (found === null) return Infinity;
  const bytes = Number(found[1]);
  return v.upstream_http_transfer_encoding === 'chunked' ? unchunked(bytes, isWhole) : bytes;
}

/** What was in a chunk of so many bytes: its size in hexadecimal, and two line ends. */
function unchunked(bytes: number, isWhole: boolean): number {
  const chunk = isWhole ? bytes - lastChunkLength : bytes;
  for (let digits = 1, more = 16; ; digits++, more *= 16) {
    const data = chunk - digits - 4;
    if (data < more) return Math.max(0, data);
  }
}

/** What was in an HTTP/3 frame of so many bytes: its kind, and its length in 1, 2, 4 or 8 bytes. */
function unframed(bytes: number): number {
  if (bytes - 2 < 0x40) return Math.max(0, bytes - 2);
  if (bytes - 3 < 0x4000) return bytes - 3;
  return bytes - (bytes - 5 < 0x40000000 ? 5 : 9);
}
