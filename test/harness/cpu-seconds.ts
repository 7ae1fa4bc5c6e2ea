// CPU time, as proc(5) tells it.

import { readFileSync } from 'node:fs';

const ticksPerSecond = 100;

/** CPU seconds of this process, and of the children that it waited for, theirs included. */
export function cpuSeconds(): { own: number; ofChildren: number } {
  // Behind the name, which may hold spaces, from the third field on; proc(5) counts from 1.
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const [utime = 0, stime = 0, ofChildren = 0, inKernelForThem = 0] = fields.slice(11, 15).map(Number);
  return {
    own: (utime + stime) / ticksPerSecond,
    ofChildren: (ofChildren + inKernelForThem) / ticksPerSecond,
  };
}
