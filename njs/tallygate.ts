// What NGINX imports (http.conf): each function here is the handler of a js_set or js_content. njs makes all of this
// anew for each request: what stands at the top level costs each of them.

import { gate } from './gate.ts';
import { loadRare } from './load-rare.ts';
import { visitorOf } from './visitor.ts';

const handlers = {
  gate,
  visitor: (r: NginxHTTPRequest) =>
    visitorOf(r.variables, `${r.variables.remote_addr} ${r.variables.http_user_agent || ''}`),
  record: (r: NginxHTTPRequest) => loadRare().recordLine(r),
  refused: (r: NginxHTTPRequest) => loadRare().refusedLine(r),
  addressPrefix: (r: NginxHTTPRequest) => {
    const rare = loadRare();
    return rare.networkOf(rare.addressBinding(r.variables.remote_addr || ''));
  },
  mint: (r: NginxHTTPRequest) => loadRare().mint(r),
};

// 0.7.9 or newer, and not 0.9.2.
const isRefused = !(njs.version_number >= 0x000709) || njs.version_number === 0x000902;
export default isRefused ? loadRare().refusing(njs.version_number) : handlers;
