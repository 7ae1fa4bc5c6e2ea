// Sites as people have them: for each, what NGINX must send and refuse (gate.test.ts), and what tallygate doctor must say
// (doctor.test.ts). To add one is to add an entry here.

import { broken } from './broken.ts';
import { good } from './good.ts';
import type { SiteRow } from './row.ts';

export const sites: readonly SiteRow[] = [...good, ...broken];
