// Tries and starts an NGINX that was laid out (lay-out.ts), and finds its workers.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { type Child, startChild } from '../process/child.ts';
import { isListening } from '../process/ports.ts';
import { until } from '../process/until.ts';
import { UserError } from '../user-error.ts';
import { type NginxPrograms, nginxPrograms } from './programs.ts';

const run = promisify(execFile);

/** Runs `nginx -t`; resolves to what it printed. Throws with it when the configuration is refused. */
export async function testNginx(dir: string): Promise<string> {
  const { binary } = nginxPrograms();
  const { stderr } = await run(binary, ['-t', '-p', dir, '-c', `${dir}/nginx.conf`]);
  return stderr;
}

/**
 * Starts NGINX on `dir`/nginx.conf and waits until its port answers and it has a worker. It listens before that, but a
 * signal would then be lost, or end it.
 */
export async function startNginx(
  dir: string,
  port: number,
  { binary }: NginxPrograms = nginxPrograms(),
): Promise<Child> {
  const child = await startChild(binary, [
    '-p',
    dir,
    '-c',
    `${dir}/nginx.conf`,
    '-e',
    `${dir}/log/error.log`,
  ]);
  try {
    await until(
      async () =>
        child.exit() !== undefined || ((await isListening(port)) && (await workersOf(child.pid)).length > 0),
      'NGINX to listen',
    );
  } catch (error) {
    await child.stop('SIGKILL');
    throw error;
  }
  if (child.exit()) {
    throw new UserError(
      `NGINX did not start:\n${child.stderr().trim()}`,
      'The line marked [emerg] says what to mend.',
    );
  }
  return child;
}

/** The processes of an NGINX whose master is `pid`. */
export async function workersOf(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.split(' ').filter(Boolean).map(Number);
}
