// The clients without a window: curl, wget, aria2.

import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type Child, startChild } from '../../app/process/child.ts';
import { until } from '../../app/process/until.ts';

/** One visitor's way to a file. */
export type Visit = { url: string; agent: string /** Where it is saved. */; file: string };

/** Runs curl to its end. @throws where it ends with another code than `code` */
export const curl = (visit: Visit, args: readonly string[] = [], code = 0) =>
  toItsEnd('curl', curlArguments(visit, args), code);

/** 18: the connection broke before all was there. */
export const curlCut = (visit: Visit, args: readonly string[] = []) => curl(visit, args, 18);

export const wget = ({ url, agent, file }: Visit, args: readonly string[] = [], code = 0) =>
  toItsEnd('wget', ['--quiet', '--no-hsts', '-U', agent, '-O', file, ...args, url], code);

export function aria2({ url, agent, file }: Visit, connections: number): Promise<void> {
  const at = file.lastIndexOf('/');
  const where = ['-d', file.slice(0, at), '-o', file.slice(at + 1), '--file-allocation=none'];
  const ranges = [`-x${connections}`, `-s${connections}`, '-k1M'];
  return toItsEnd('aria2c', ['--quiet', '--no-conf', '-U', agent, ...where, ...ranges, url], 0);
}

/** curl, killed once it has so many bytes. */
export async function curlKilled(visit: Visit, bytes: number): Promise<void> {
  const child = await start('curl', curlArguments(visit, ['--no-buffer']));
  await until(
    async () =>
      child.exit() !== undefined || (existsSync(visit.file) && (await stat(visit.file)).size >= bytes),
    `curl to have ${bytes} bytes`,
  );
  await child.stop('SIGKILL');
}

/** @throws unless so many bytes were saved */
export async function saved({ file }: Visit, size: number): Promise<void> {
  const found = (await stat(file)).size;
  if (found !== size) throw new Error(`${found} bytes were saved, and ${size} are right`);
}

const curlArguments = ({ url, agent, file }: Visit, args: readonly string[]) => [
  '-sS',
  '-A',
  agent,
  '-o',
  file,
  ...args,
  url,
];

async function toItsEnd(command: string, args: readonly string[], code: number): Promise<void> {
  const child = await start(command, args);
  const exit = await child.exited;
  if (exit.code !== code)
    throw new Error(`${command} ended with ${exit.code ?? exit.signal}: ${child.stderr().trim()}`);
}

/** Nothing of ours in its environment: a proxy of the machine's would be in the way. */
function start(command: string, args: readonly string[]): Promise<Child> {
  return startChild(command, args, {
    env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent', LC_ALL: 'C' },
  });
}
