// The line of a refused request, for refused.log.

import { longAgo } from '../gate/gate-any.ts';
import { quote } from './quote.ts';

/**
 * The line, with the reason, which the answer must not tell. Written only if the site wants it
 * ($tallygate_log_refused).
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

/** The key's id if the signature was right. Otherwise anyone may have made up what the link says in k. */
function keyOf(v: NginxVariables): string {
  return isSigned(v) ? (v.tallygate_claimed_key || v.tallygate_legacy_key || '').toLowerCase() : '';
}

/** Why a request was refused. `address` is a guess: a link bound to another address looks like a forged one. */
function reason(v: NginxVariables): string {
  if (!isSigned(v)) return v.tallygate_refusal || 'forged';
  return v.secure_link === '0' && v.tallygate_expires !== longAgo ? 'expired' : 'revoked';
}

function isSigned(v: NginxVariables): boolean {
  return Boolean(v.secure_link) && Boolean(v.tallygate_gate) && !v.tallygate_malformed;
}
