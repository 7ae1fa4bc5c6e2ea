// Signals to every process of a PostgreSQL.

import { execFileSync } from 'node:child_process';
import { onTestFinished } from 'vitest';
import type { Cluster } from '../../app/run/cluster.ts';

/** Stops every process of the server, as a machine that hangs would. The returned function lets them go on. */
export function freeze(cluster: Cluster): () => void {
  // The one that starts the others first: none may appear that is not frozen.
  cluster.server.kill('SIGSTOP');
  const pids = processesOf(cluster);
  for (const pid of pids) signalIfThere(pid, 'SIGSTOP');
  const thaw = () => {
    for (const pid of pids) signalIfThere(pid, 'SIGCONT');
  };
  onTestFinished(thaw);
  return thaw;
}

export async function killAll(cluster: Cluster): Promise<void> {
  const pids = processesOf(cluster);
  for (const pid of pids) signalIfThere(pid, 'SIGKILL');
  await cluster.server.exited;
}

function processesOf(cluster: Cluster): number[] {
  const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(cluster.server.pid)]).toString();
  return [...children.split('\n').map(Number).filter(Boolean), cluster.server.pid];
}

function signalIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}
