// Places where a test kills or stops the process. In the shipped program these are nothing at all: the bundler knows
// __FAILPOINTS__ to be false and leaves the calls empty; test/faults bundles a program of its own.

declare const __FAILPOINTS__: boolean;

export type Failpoint =
  | 'opening_days'
  | 'identifying'
  | 'before_begin'
  | 'after_cursor'
  | 'after_transfers'
  | 'after_tallies'
  | 'at_commit'
  | 'undo_marked'
  | 'undo_part';

/**
 * With TALLYGATE_FAILPOINT=after_cursor:3 the process dies, by SIGKILL, when it is there the third time; with
 * after_cursor:3:SIGSTOP it stops.
 */
export function failpoint(place: Failpoint): void {
  if (typeof __FAILPOINTS__ !== 'undefined' && __FAILPOINTS__) countDown(place);
}

let left: number | undefined;

function countDown(place: Failpoint): void {
  const [wanted, times = '1', signal = 'SIGKILL'] = (process.env.TALLYGATE_FAILPOINT ?? '').split(':');
  if (wanted !== place) return;
  left = (left ?? Number(times)) - 1;
  if (left === 0) process.kill(process.pid, signal);
}
