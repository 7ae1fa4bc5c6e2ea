// A private PostgreSQL: its own folder, its own port on loopback, its own password. For `make run` and the
// tests; never a system service.

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { connect } from '../db/connection.ts';
import { type Child, startChild } from '../process/child.ts';
import { freePort } from '../process/ports.ts';
import { until } from '../process/until.ts';
import { UserError } from '../user-error.ts';
import { postgresAccount } from './accounts.ts';

const run = promisify(execFile);

export type Cluster = {
  readonly dir: string;
  readonly port: number;
  readonly server: Child;
  /** The address of one database of the cluster, as its superuser. */
  url(database?: string): string;
  /** Starts the server again after it was stopped or killed. */
  restart(): Promise<void>;
  /** Fast shutdown; the folder stays. */
  stop(): Promise<void>;
};

/**
 * Starts the cluster in the folder `dir`, and makes it where there is none.
 * @param settings postgresql.conf settings for this server, such as `{ fsync: 'off' }`
 * @param password of its superuser: the one it was made with; servers of one Citus need the same
 */
export async function startCluster(
  dir: string,
  settings: Readonly<Record<string, string>> = {},
  password = newPassword(),
): Promise<Cluster> {
  const account = postgresAccount();
  const bin = postgresPrograms();
  const data = path.join(dir, 'data');
  if (!existsSync(data)) await makeCluster(dir, data, password);

  const port = await freePort();
  const url = (database = 'postgres') => `postgres://tallygate:${password}@127.0.0.1:${port}/${database}`;
  const options = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    ...settings,
  };
  const args = Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const start = async () => {
    const server = await startChild(path.join(bin, 'postgres'), ['-D', data, ...args], {
      ...account,
      cwd: dir,
    });
    await until(() => answers(server, url()), 'PostgreSQL to answer', 60_000);
    return server;
  };

  let server = await start();
  return {
    dir,
    port,
    url,
    get server() {
      return server;
    },
    async restart() {
      server = await start();
    },
    async stop() {
      await server.stop('SIGINT');
    },
  };
}

async function makeCluster(dir: string, data: string, password: string): Promise<void> {
  const account = postgresAccount();
  const passwordFile = path.join(dir, 'password');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (account.uid !== undefined && account.gid !== undefined) {
    await chown(dir, account.uid, account.gid);
    await chown(passwordFile, account.uid, account.gid);
  }
  const initdb = ['-D', data, '-U', 'tallygate', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  await run(
    path.join(postgresPrograms(), 'initdb'),
    [...initdb, '--encoding=UTF8', '--locale=C', '--no-sync'],
    {
      ...account,
      cwd: dir,
    },
  );
  await rm(passwordFile);
}

export function newPassword(): string {
  return randomBytes(18).toString('base64url');
}

async function answers(server: Child, url: string): Promise<boolean> {
  if (server.exit()) throw new Error(`PostgreSQL ended at its start:\n${server.stderr()}`);
  const sql = connect(url, { max: 1, connect_timeout: 5 });
  try {
    await sql`select 1`;
    return true;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** The folder of initdb and postgres: the newest of Debian's, or the one on PATH. */
export function postgresPrograms(): string {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((v) => path.join(debian, v, 'bin')),
    ...(process.env.PATH ?? '').split(':'),
  ];
  const found = folders.find((folder) => existsSync(path.join(folder, 'initdb')));
  if (found) return found;
  throw new UserError(
    'PostgreSQL is not installed (no initdb found)',
    'Run make run, or install the package postgresql.',
  );
}
