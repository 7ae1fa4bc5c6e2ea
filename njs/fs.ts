// njs's fs module. Imported here and nowhere else, because every request pays for each import.

import fs from 'fs';

export { fs };
