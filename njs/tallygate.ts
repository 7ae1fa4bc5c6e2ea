// What NGINX imports (http.conf): each function here is the handler of a js_set or js_content.

import { gate } from './gate.ts';
import { recordLine } from './record.ts';
import { visitorOf } from './visitor.ts';

function visitor(r: NginxHTTPRequest): string {
  const v = r.variables;
  return visitorOf(v, `${v.remote_addr} ${v.http_user_agent || ''}`);
}

export default { gate, visitor, record: recordLine };
