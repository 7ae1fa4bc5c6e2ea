// CPU=1: what each test file costs, in CPU seconds: its own process and all it started and waited for, NGINX, programs and
// browsers included. Wall time says little on a machine that does other things, too. The PostgreSQL that all share is
// nobody's child here, and not in it.

import { readFileSync } from 'node:fs';
import { afterAll } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** Seconds. */
    cpu?: number;
  }
}

const ticksPerSecond = 100;

// biome-ignore lint/correctness/noEmptyPattern: vitest wants a pattern before the argument we need.
afterAll(({}, file) => {
  // Behind the name, which may hold spaces, from the third field on; proc(5) counts from 1.
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const [utime, stime, ofChildren, inKernelForThem] = fields.slice(11, 15).map(Number) as [
    number,
    number,
    number,
    number,
  ];
  file.meta.cpu = (utime + stime + ofChildren + inKernelForThem) / ticksPerSecond;
});
