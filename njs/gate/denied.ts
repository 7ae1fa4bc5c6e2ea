// The deny folder, for requests that NGINX does not lead by refuse.conf: in an inner location, or behind a "break".

import { fs } from '../fs.ts';

/**
 * `yes` or `no`. Should this fail, it is neither, and the wall is closed. Asked only by the wall, so the request is then
 * where a gate is: what refuse.conf and protect.conf set there is set here.
 */
export function denied(r: NginxHTTPRequest): string {
  const v = r.variables;
  // A bad link is refused as it is, and its token could name anything.
  if (v.tallygate_answer !== '') return 'no';
  if (isDenied(v, 't', v.tallygate_claimed_token || '')) return 'yes';
  if (isDenied(v, 'v', v.tallygate_visitor_hash || '')) return 'yes';
  v.tallygate_outside = 'off';
  v.tallygate_token = v.tallygate_claimed_token || '';
  v.tallygate_key_id = v.tallygate_claimed_key || '';
  (v as Record<string, string | undefined>).args = '';
  return 'no';
}

/** Whether the deny folder holds the name of this token (t) or visitor (v). */
export function isDenied(v: NginxVariables, kind: 't' | 'v', name: string): boolean {
  if (name === '') return false;
  return fs.statSync(`${v.tallygate_deny_folder}/${kind}/${name}`, { throwIfNoEntry: false }) !== undefined;
}
