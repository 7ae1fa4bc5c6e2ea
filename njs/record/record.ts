// The record, where NGINX cannot write it: text that is not short printable ASCII, a file that was not sent whole, a
// film that was cut. All others NGINX writes (log_format tallygate_record in http.conf). A test holds both to the same
// bytes.

import { sent } from './bytes-sent.ts';
import { wholeFilm } from './cut-film.ts';
import { quote } from './quote.ts';

/** The line: ASCII, the keys in the order of record v1, each text cut after its number of characters. */
export function record(r: NginxHTTPRequest): string {
  const v = r.variables;
  const text = (name: string, limit: number) => quote(v[name] || '', limit);
  const film = wholeFilm(v);
  const etag = film === undefined ? v.sent_http_etag || '' : film.etag;
  const bytes = sent(v);
  const place =
    film === undefined
      ? `"from":${v.tallygate_from},"size":${sizeOf(v, bytes)}`
      : `"from":-1,"size":${film.size}`;
  return (
    `{"v":1,"edge":${text('tallygate_edge', 64)},"id":${text('request_id', 32)},"at":${v.msec},` +
    `"host":${text('tallygate_host', 255)},"path":${text('tallygate_path', 4096)},"etag":${quote(etag, 128)},` +
    `"status":${v.status},"sent":${bytes},${place},` +
    `"ms":${v.tallygate_ms},"token":${text('tallygate_token', 32)},"key":${quote((v.tallygate_key_id || '').toLowerCase(), 16)},` +
    `"visitor":${text('tallygate_visitor', 11)},"agent":${text('http_user_agent', 512)},` +
    `"referrer":${text('tallygate_referrer', 255)},"country":${text('tallygate_country', 64)}}`
  );
}

/** The file's size. A stream's is what was sent of it, without the frames that NGINX counts. */
function sizeOf(v: NginxVariables, bytes: number): string | number {
  const isStream = v.status === '200' && !v.sent_http_content_length && v.tallygate_size !== '0';
  return isStream ? bytes : v.tallygate_size || 0;
}
