// The record, written by njs: only for requests whose text is not plain printable ASCII of ordinary length, that were not
// sent whole, or that ask for a film cut. All others NGINX writes by itself (log_format tallygate_record in http.conf): a test holds the two together.

import { sent } from './bytes-sent.ts';
import { wholeFilm } from './cut-film.ts';
import { quote } from './quote.ts';

/** The line, ASCII, in the order of record v1; text is cut after so many characters. */
export function record(r: NginxHTTPRequest): string {
  const v = r.variables;
  const text = (name: string, limit: number) => quote(v[name] || '', limit);
  const film = wholeFilm(v);
  const etag = film === undefined ? text('sent_http_etag', 128) : quote(film.etag, 128);
  const place =
    film === undefined
      ? `"from":${v.tallygate_from},"size":${v.tallygate_size}`
      : `"from":-1,"size":${film.size}`;
  return (
    `{"v":1,"edge":${text('tallygate_edge', 64)},"id":${text('request_id', 32)},"at":${v.msec},` +
    `"host":${text('tallygate_host', 255)},"path":${text('tallygate_path', 4096)},"etag":${etag},` +
    `"status":${v.status},"sent":${sent(v)},${place},` +
    `"ms":${v.tallygate_ms},"token":${text('tallygate_token', 32)},"key":${quote((v.tallygate_key_id || '').toLowerCase(), 16)},` +
    `"visitor":${text('tallygate_visitor', 11)},"agent":${text('http_user_agent', 512)},` +
    `"referrer":${text('tallygate_referrer', 255)},"country":${text('tallygate_country', 64)}}`
  );
}
