// njs's fs module, imported once: each import costs every request.

import fs from 'fs';

export { fs };
