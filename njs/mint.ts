// Signs inside NGINX, for mint.conf. The key never leaves NGINX.

import { crypto } from './crypto.ts';
import { addressBinding } from './link/address.ts';
import { buildQuery, encodePath } from './link/build.ts';
import { canonicalString } from './link/canonical.ts';
import { coveredPrefix } from './link/covered.ts';
import { isDigits, isFileName, isText, isTokenId } from './link/forms.ts';

/** Redirects to a link for $tallygate_mint_path. What cannot be signed is 500, with the reason in the error log. */
export function mint(r: NginxHTTPRequest): void {
  const v = r.variables;
  const path = v.tallygate_mint_path || '';
  const more = readFields(v.tallygate_mint_more || '');
  const ttl = v.tallygate_mint_ttl || '600';
  // Both from the key file. $tallygate_secret is a volatile map: it now gives the secret of the key just named.
  v.tallygate_claimed_key = v.tallygate_current_key || '';
  const secret = v.tallygate_secret || '';
  const fault = faultOf(path, ttl, more) || (secret.length < 32 ? 'there is no current key' : '');
  if (fault !== '') {
    r.error(`tallygate: cannot sign: ${fault}`);
    r.return(500);
    return;
  }
  const now = Math.floor(Date.now() / 1000);
  const after = (seconds: string) => (seconds === '' ? '' : `${now + Number(seconds)}`);
  const signed = {
    k: v.tallygate_claimed_key,
    e: after(ttl),
    f: after(more.f),
    b: after(more.b),
    t: more.t,
    i: more.i === '' ? '' : addressBinding(v.remote_addr || ''),
    r: more.r,
    n: more.n,
    p: more.p,
    path: more.p === '' ? path : coveredPrefix(path, Number(more.p)),
  };
  const mac = crypto.createHmac('sha256', secret).update(canonicalString(signed)).digest('hex');
  const signature = crypto.createHash('md5').update(mac).digest('base64url');
  r.return(302, `${encodePath(path)}?${buildQuery(signed, signature)}`);
}

type Fields = { f: string; b: string; t: string; p: string; i: string; r: string; n: string };

function readFields(query: string): Fields {
  const found: Fields = { f: '', b: '', t: '', p: '', i: '', r: '', n: '' };
  const parts = query.split('&');
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as string;
    const name = part.charAt(0);
    if (part.charAt(1) === '=' && 'fbtpirn'.indexOf(name) >= 0) found[name as keyof Fields] = part.slice(2);
  }
  return found;
}

/** What is wrong, or ''. Also decodes the file name in `more`. */
function faultOf(path: string, ttl: string, more: Fields): string {
  if (path.charAt(0) !== '/' || path.indexOf('//') >= 0 || path.indexOf('/../') >= 0 || !isText(path))
    return '$tallygate_mint_path must be a path, decoded and normalised';
  if (!isDigits(ttl, 9) || Number(ttl) < 1) return 'the ttl must be seconds';
  if (more.t !== '' && !isTokenId(more.t)) return 't is no token id';
  if (more.f !== '' && (!isDigits(more.f, 9) || Number(more.f) < Number(ttl)))
    return 'f must be seconds, no fewer than the ttl';
  if (more.b !== '' && !isDigits(more.b, 9)) return 'b must be seconds';
  if (more.r !== '' && (!isDigits(more.r, 12) || Number(more.r) < 1)) return 'r must be bytes per second';
  if (more.i !== '' && more.i !== '1') return 'i must be 1';
  if (more.p !== '' && (!/^([1-9]|1[0-6])$/.test(more.p) || coveredPrefix(path, Number(more.p)) === ''))
    return 'p must be the number of segments of a folder above the path';
  if (more.n === '') return '';
  try {
    more.n = decodeURIComponent(more.n);
  } catch (_) {
    return 'n is not percent-encoded UTF-8';
  }
  return isFileName(more.n) ? '' : 'n is no file name';
}
