// What NGINX imports (http.conf): each function here is the handler of a js_set or js_content. njs makes all of this anew for
// each request: what stands at the top level costs each of them.

import { networkOf } from './address-prefix.ts';
import { gate } from './gate.ts';
import { addressBinding } from './link/address.ts';
import { mint } from './mint.ts';
import { recordLine, refusedLine } from './record.ts';
import { requireVersion } from './version.ts';
import { visitorOf } from './visitor.ts';

requireVersion(njs.version_number);

function visitor(r: NginxHTTPRequest): string {
  const v = r.variables;
  return visitorOf(v, `${v.remote_addr} ${v.http_user_agent || ''}`);
}

function addressPrefix(r: NginxHTTPRequest): string {
  return networkOf(addressBinding(r.variables.remote_addr || ''));
}

export default { gate, visitor, record: recordLine, refused: refusedLine, addressPrefix, mint };
