// How much of a processor a group of processes has had: what is endless is known by that on a busy machine, too.

import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second, whatever its own clock. */
const ticks = 100;

/** Seconds that the living processes of a group, with the children they have waited for, have taken. */
export function processorSeconds(group: number | undefined): number {
  let sum = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const [, , ofGroup, ...more] = statOf(pid);
    // utime, stime, cutime, cstime: proc(5).
    if (Number(ofGroup) === group) for (const time of more.slice(8, 12)) sum += Number(time);
  }
  return sum / ticks;
}

/** From the third field on, its state: the second is a name that may hold blanks. */
function statOf(pid: string): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    // It has ended.
    return [];
  }
}
