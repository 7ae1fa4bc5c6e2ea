// njs's crypto module. Imported here and nowhere else, because every request pays for each import.

import crypto from 'crypto';

export { crypto };
