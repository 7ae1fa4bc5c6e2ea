// Runs the built `tallygate` program, as a person or a service manager would.

import path from 'node:path';
import { type Child, type Exit, startChild } from '../../app/process/child.ts';
import { projectRoot } from './folders.ts';

export type Outcome = Exit & { stdout: string; stderr: string };
export type ProgramOptions = { env?: Readonly<Record<string, string>>; cwd?: string };

const program = path.join(projectRoot, 'dist/tallygate.js');

/** Starts a command and waits for its end. */
export async function tallygate(args: readonly string[], options: ProgramOptions = {}): Promise<Outcome> {
  const child = await spawnTallygate(args, options);
  const exit = await child.exited;
  return { ...exit, stdout: child.stdout(), stderr: child.stderr() };
}

/** Starts a long-running command; the caller stops it. */
export function spawnTallygate(args: readonly string[], options: ProgramOptions = {}): Promise<Child> {
  // Only what a command needs of our own environment: a developer's TALLYGATE_ variables must not leak in.
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: process.env.HOME ?? '/',
    TALLYGATE_CONFIG: '/dev/null',
    ...options.env,
  };
  return startChild(process.execPath, [program, ...args], { env, cwd: options.cwd ?? projectRoot });
}
