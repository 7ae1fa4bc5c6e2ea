// What is written to log files, on the screen.

import { type Child, startChild } from '../process/child.ts';

/** Prints the first log from its beginning, and what is written to the others from now on. */
export async function follow(logs: readonly string[]): Promise<Child[]> {
  // A person who types fast has downloaded something before tail has begun.
  return [await tail('+1', logs.slice(0, 1)), await tail('0', logs.slice(1))];
}

/** Prints what is written to `logs`, from a line on as tail counts them. */
function tail(from: string, logs: readonly string[]): Promise<Child> {
  // --pid: if we are killed right now, the kernel would tell a tail that does not listen yet.
  const args = ['--quiet', `--pid=${process.pid}`, `--lines=${from}`, '--follow=name', '--retry', ...logs];
  return startChild('tail', args, { stdio: ['ignore', 'inherit', 'ignore'] });
}
