// How many bytes of the file were sent: NGINX's own number may hold more than the file.

/** `HTTP/1.1 100 Continue` with its two line ends, which NGINX counts as part of the body. */
const continueLength = 25;
/** The chunk that ends a chunked body: `0` with its two line ends. */
const lastChunkLength = 5;

/**
 * $body_bytes_sent without "100 Continue", early hints and frames. If nobody said the length beforehand, nothing tells
 * how many frames there were. Exact if there was one; otherwise the frames of the others are counted too.
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

/** How much the origin sent; Infinity if the answer was kept from an earlier request, or if there is no origin. */
function received(v: NginxVariables, isWhole: boolean): number {
  if (/^(HIT|STALE|UPDATING|REVALIDATED)$/.test(v.upstream_cache_status || '')) return Infinity;
  // One number for each origin that was asked: `0, 1024`, `512 : 1024`. The last one answered.
  const found = /([0-9]+)\s*$/.exec(v.upstream_response_length || '');
  if (found === null) return Infinity;
  const bytes = Number(found[1]);
  return v.upstream_http_transfer_encoding === 'chunked' ? unchunked(bytes, isWhole) : bytes;
}

/** How much data a chunk of so many bytes holds: the rest is its size in hexadecimal, and two line ends. */
function unchunked(bytes: number, isWhole: boolean): number {
  const chunk = isWhole ? bytes - lastChunkLength : bytes;
  for (let digits = 1, more = 16; ; digits++, more *= 16) {
    const data = chunk - digits - 4;
    if (data < more) return Math.max(0, data);
  }
}

/** How much data an HTTP/3 frame of so many bytes holds: the rest is its type, and its length in 1, 2, 4 or 8 bytes. */
function unframed(bytes: number): number {
  if (bytes - 2 < 0x40) return Math.max(0, bytes - 2);
  if (bytes - 3 < 0x4000) return bytes - 3;
  return bytes - (bytes - 5 < 0x40000000 ? 5 : 9);
}
