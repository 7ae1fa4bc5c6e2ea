// The record, written by njs: only for requests whose text is not plain printable ASCII of ordinary length, that were not
// sent whole, or that ask for a film cut. All others NGINX writes by itself (log_format tallygate_record in http.conf): a test holds the two together.

import { networkOf } from './address-prefix.ts';
import { wholeFilm } from './film.ts';
import { addressBinding } from './link/address.ts';
import { sent } from './sent.ts';

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

/**
 * The line of a refused request, for the operator who asked for them ($tallygate_log_refused), with the reason
 * that the answer must not tell.
 */
export function refused(r: NginxHTTPRequest): string {
  const v = r.variables;
  const text = (name: string, limit: number) => quote(v[name] || '', limit);
  return (
    `{"v":1,"edge":${text('tallygate_edge', 64)},"id":${text('request_id', 32)},"at":${v.msec},` +
    `"host":${text('tallygate_host', 255)},"path":${text('tallygate_path', 4096)},"status":${v.status},` +
    `"reason":"${reason(v)}","key":${quote(keyOf(v), 16)},"visitor":${text('tallygate_visitor', 11)},` +
    `"agent":${text('http_user_agent', 512)},"referrer":${text('tallygate_referrer', 255)}}`
  );
}

/** The network of the client's address, for addresses.log. */
export function network(r: NginxHTTPRequest): string {
  return networkOf(addressBinding(r.variables.remote_addr || ''));
}

/** The key's id where the signature was right; otherwise what a link says in k is anyone's invention. */
function keyOf(v: NginxVariables): string {
  return isSigned(v) ? (v.tallygate_claimed_key || v.tallygate_legacy_key || '').toLowerCase() : '';
}

/** Why a request was refused. A bound link from elsewhere cannot be told from a forged one: `address` is a guess. */
function reason(v: NginxVariables): string {
  if (!isSigned(v)) return v.tallygate_refusal || 'forged';
  return v.secure_link === '0' ? 'expired' : 'revoked';
}

function isSigned(v: NginxVariables): boolean {
  return Boolean(v.secure_link) && Boolean(v.tallygate_gate) && !v.tallygate_misspelled;
}

/** `value` as a JSON string of ASCII characters, cut after `limit` characters. */
function quote(value: string, limit: number): string {
  // njs 0.7.9 hands out variables as bytes, later ones as text: this makes both text, U+FFFD for what is none.
  const text = Buffer.from(value).toString();
  let out = '"';
  const length = Math.min(text.length, limit);
  for (let i = 0; i < length; i++) {
    const c = text.charCodeAt(i);
    if (c === 34) out += '\\"';
    else if (c === 92) out += '\\\\';
    else if (c >= 32 && c < 127) out += text.charAt(i);
    else out += escaped(c);
  }
  return `${out}"`;
}

/** A code unit as \uXXXX; njs's own engine hands out whole code points, which take two. */
function escaped(c: number): string {
  if (c < 0x10000) return `\\u${(0x10000 + c).toString(16).slice(1)}`;
  const rest = c - 0x10000;
  return escaped(0xd800 + (rest >> 10)) + escaped(0xdc00 + (rest & 0x3ff));
}
