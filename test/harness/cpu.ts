// CPU=1: what each test file costs, in CPU seconds: its own process and all it started and waited for, NGINX, programs and
// browsers included. Wall time says little on a machine that does other things, too. The PostgreSQL that all share is
// nobody's child here: global-setup.ts says what it cost.

import { afterAll } from 'vitest';
import { cpuSeconds } from './cpu-seconds.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** Seconds. */
    cpu?: number;
  }
}

// biome-ignore lint/correctness/noEmptyPattern: vitest wants a pattern before the argument we need.
afterAll(({}, file) => {
  const { own, ofChildren } = cpuSeconds();
  file.meta.cpu = own + ofChildren;
});
