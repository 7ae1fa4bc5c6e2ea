// The deny folder, for requests that NGINX does not lead by refuse.conf: in an inner location, or behind a "break".

import { fs } from './fs.ts';

/**
 * `yes` or `no`. Should this fail, it is neither, and the wall is closed. Asked only by the wall, so the request is then
 * where a gate is: what refuse.conf and protect.conf set there is set here.
 */
export function denied(r: NginxHTTPRequest): string {
  const v = r.variables;
  const folder = v.tallygate_deny_folder as string;
  v.tallygate_state = 'passed';
  const is =
    // A bad link has been refused; its token could name anything.
    v.tallygate_link === 'valid' &&
    (isFile(`${folder}/t/${v.tallygate_claimed_token || ''}`) ||
      isFile(`${folder}/v/${v.tallygate_visitor_hash || ''}`));
  (v as Record<string, string | undefined>).args = '';
  return is ? 'yes' : 'no';
}

function isFile(name: string): boolean {
  const found = fs.statSync(name, { throwIfNoEntry: false });
  return found !== undefined && found.isFile();
}
