// Bytes of the file that were sent, where NGINX's own number holds more.

/** What NGINX counts as part of the body: `HTTP/1.1 100 Continue` with its two line ends. */
const continueLength = 25;

/**
 * $body_bytes_sent without "100 Continue", early hints and chunks' frames: no more than the answer is long, or than
 * the origin sent where its length was not known beforehand.
 */
export function sent(v: NginxVariables): number {
  let bytes = Number(v.body_bytes_sent);
  if (v.server_protocol === 'HTTP/1.1' && (v.http_expect || '').toLowerCase() === '100-continue')
    bytes = Math.max(0, bytes - continueLength);
  const length = v.sent_http_content_length || lastOf(v.upstream_response_length || '');
  return length === '' ? bytes : Math.min(bytes, Number(length));
}

/** The last of NGINX's list, one for each origin that was asked: `0, 1024`, `512 : 1024`. */
function lastOf(lengths: string): string {
  const found = /([0-9]+)\s*$/.exec(lengths);
  return found === null ? '' : (found[1] as string);
}
