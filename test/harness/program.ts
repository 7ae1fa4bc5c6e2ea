// Runs the built `tallygate` program, as a person or a service manager would.

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Child, type Exit, startChild } from '../../app/process/child.ts';
import { projectRoot, temporaryFolder } from './folders.ts';
import { leave } from './leave.ts';

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
export async function spawnTallygate(args: readonly string[], options: ProgramOptions = {}): Promise<Child> {
  // Only what a command needs of our own environment: a developer's TALLYGATE_ variables must not leak in.
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: process.env.HOME ?? '/',
    TALLYGATE_CONFIG: '/dev/null',
    // A test machine may stand still for seconds. What happens when the time is over has a test of its own.
    TALLYGATE_SERVICE_DATABASE_PATIENCE: '120',
    ...options.env,
  };
  const child = await startChild(process.execPath, [program, ...args], {
    env,
    cwd: options.cwd ?? projectRoot,
  });
  await leaveOutput(child, args[0] ?? 'tallygate');
  return child;
}

/** With LEAVE=1: what a program printed goes into a folder of its own when it ends. */
export async function leaveOutput(child: Child, name: string): Promise<void> {
  if (!leave) return;
  const folder = await temporaryFolder(name);
  const write = (file: string, text: string) =>
    writeFile(path.join(folder, file), text).catch((error: NodeJS.ErrnoException) => {
      // Its test passed, and the folder went before the program ended.
      if (error.code !== 'ENOENT') throw error;
    });
  child.exited.then(() => Promise.all([write('stdout', child.stdout()), write('stderr', child.stderr())]));
}
