// njs's crypto module, imported once: each import costs every request.

import crypto from 'crypto';

export { crypto };
