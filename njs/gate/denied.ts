// The deny folder, for requests that do not get to refuse.conf: in an inner location, or after a "break".

import { fs } from '../fs.ts';

/**
 * `yes` or `no`. If this fails the answer is neither, and the wall is closed. Only the wall asks, so the request is in
 * a location with a gate: what refuse.conf and protect.conf would have set is set here.
 */
export function denied(r: NginxHTTPRequest): string {
  const v = r.variables;
  // A bad link is refused anyway, and its token could name any file.
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
