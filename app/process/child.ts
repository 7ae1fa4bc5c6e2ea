// A child process with what it printed, a promise of its end, and a stop that escalates.

import { type SpawnOptions, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** How a child ended: one of the two is set. */
export type Exit = { code: number | null; signal: NodeJS.Signals | null };

export type Child = {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** The exit, once there is one. */
  exit(): Exit | undefined;
  /** The last 256 KiB of standard output, and of standard error. */
  stdout(): string;
  stderr(): string;
  kill(signal: NodeJS.Signals): void;
  /** Sends `signal`, and SIGKILL after half a minute; resolves once the process is gone. */
  stop(signal?: NodeJS.Signals): Promise<Exit>;
};

const keep = 256 * 1024;

// A child outlives a parent that is killed with -9, unless it asks the kernel to be told. If the parent was gone before it
// asked, it is told nothing: so it looks once, and ends.
const setpriv = '/usr/bin/setpriv';
const onlyBelowUs = ['/bin/sh', '-c', '[ "$PPID" = "$0" ] && exec "$@"', String(process.pid)];
const leash = existsSync(setpriv) ? [setpriv, '--pdeathsig', 'TERM', '--', ...onlyBelowUs] : [];

/** Starts a program that ends when we end, however we end. */
export async function startChild(
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<Child> {
  // A group of its own: a Ctrl-C at the terminal reaches only us, and we stop children in order.
  const [program, ...all] = [...leash, command, ...args] as [string, ...string[]];
  const child = spawn(program, all, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, ...options });
  let stdout = '';
  let stderr = '';
  let exit: Exit | undefined;
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout = (stdout + text).slice(-keep);
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-keep);
  });
  const exited = new Promise<Exit>((resolve) => {
    child.once('close', (code, signal) => {
      exit = { code, signal };
      resolve(exit);
    });
  });
  await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  const kill = (signal: NodeJS.Signals) => void child.kill(signal);
  return {
    pid: child.pid as number,
    exited,
    exit: () => exit,
    stdout: () => stdout,
    stderr: () => stderr,
    kill,
    async stop(signal = 'SIGTERM') {
      kill(signal);
      const patience = new AbortController();
      delay(30_000, undefined, { signal: patience.signal, ref: false }).then(
        () => kill('SIGKILL'),
        () => {},
      );
      const end = await exited;
      patience.abort();
      return end;
    },
  };
}
