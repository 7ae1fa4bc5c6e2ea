// What NGINX imports (http.conf): each function here is the handler of a js_set or js_content. njs makes the whole
// module anew for each request, so every request pays for what stands at the top level. What few requests need is
// behind a getter.

import { gate } from './gate/gate.ts';
import { visitor } from './visitor/visitor.ts';

// 0.7.9 or newer, and not 0.9.2.
const version = njs.version_number;
export default !(version >= 0x000709) || version === 0x000902
  ? loadRare().refusing(version)
  : {
      gate,
      visitor,
      get rare() {
        return loadRare();
      },
    };
