// Everything together on loopback: PostgreSQL, NGINX, `tallygate serve` and `tallygate agent`, in one folder.
// Each part is set up with the commands a person would type, so that what is shown is what is installed.

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { layOutNginx, nginxConf, placesIn } from '../nginx/lay-out.ts';
import { startNginx, testNginx } from '../nginx/start.ts';
import { type Child, startChild } from '../process/child.ts';
import { freePort } from '../process/ports.ts';
import { until } from '../process/until.ts';
import { UserError } from '../user-error.ts';
import { startCluster } from './cluster.ts';

const run = promisify(execFile);
// From the bundle dist/run.js, or from this source where a test starts it.
const root = path.join(import.meta.dirname, path.basename(import.meta.dirname) === 'dist' ? '..' : '../..');
const program = path.join(root, 'dist/tallygate.js');

export type Stack = {
  readonly dir: string;
  /** Where NGINX answers, http://127.0.0.1:port. */
  readonly origin: string;
  readonly apiKey: string;
  readonly databaseUrl: string;
  /** The log files a person wants to follow, that of the downloads first. */
  readonly logs: readonly string[];
  /** Rejects when a part ends by itself; never resolves. */
  readonly failure: Promise<never>;
  /**
   * Starts `serve` and `agent` again, from what is built now, on a migrated database.
   * @throws UserError when they do not become ready
   */
  restart(): Promise<void>;
  /**
   * Puts the includes and the njs bundle in place anew, and has NGINX reload them.
   * @throws UserError when NGINX refuses them
   */
  reload(): Promise<void>;
  stop(): Promise<void>;
};

export type StackOptions = {
  /** A database to use instead of a private cluster; it is migrated. */
  databaseUrl?: string | undefined;
  /** Called with what is about to happen. */
  progress: (step: string) => void;
};

/** Starts everything below `dir`; on failure stops what it started before it throws. */
export async function startStack(dir: string, options: StackOptions): Promise<Stack> {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const end of stops.splice(0).reverse()) await end();
  };
  try {
    return { ...(await startParts(dir, options, stops)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startParts(
  dir: string,
  { databaseUrl: given, progress }: StackOptions,
  stops: (() => Promise<unknown>)[],
): Promise<Omit<Stack, 'stop'>> {
  const [port, servicePort] = [await freePort(), await freePort()];
  const origin = `http://127.0.0.1:${port}`;
  const places = placesIn(dir, `127.0.0.1:${servicePort}`);
  await layOutNginx(dir, places, root);
  await writeDemoFiles(path.join(dir, 'www'));

  let databaseUrl = given;
  if (databaseUrl === undefined) {
    progress('PostgreSQL, a private cluster');
    const cluster = await startCluster(path.join(dir, 'postgres'));
    stops.push(() => cluster.stop());
    databaseUrl = cluster.url();
  }
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: process.env.HOME ?? '/',
    TALLYGATE_CONFIG: '/dev/null',
    TALLYGATE_DATABASE_URL: databaseUrl,
    TALLYGATE_EDGE: 'demo',
    TALLYGATE_ORIGIN: origin,
    TALLYGATE_KEYS_FILE: path.join(places.etc, 'keys.conf'),
    TALLYGATE_SERVICE_PORT: String(servicePort),
    TALLYGATE_AGENT_LOGS: path.join(places.log, 'downloads.log'),
    TALLYGATE_AGENT_DENY_DIR: path.join(places.state, 'deny'),
    TALLYGATE_AGENT_SALTS_FILE: path.join(places.etc, 'salts.conf'),
    TALLYGATE_AGENT_ADDRESSES_LOG: path.join(places.log, 'addresses.log'),
  };
  const tallygate = (...args: string[]) => runProgram(args, env);

  progress('tables, keys, an API key');
  await tallygate('migrate');
  await tallygate('keys', 'generate');
  await tallygate('salts', 'rotate');
  const apiKey = await tallygate('api-keys', 'create', 'make run', '--scopes', 'issue,read', '--quiet');

  progress('NGINX, tallygate serve, tallygate agent');
  await writeFile(path.join(dir, 'nginx.conf'), nginxConf(dir, { http: site(port, dir) }));
  const nginx = await startNginx(dir, port);
  stops.push(() => nginx.stop('SIGTERM'));
  const programs: Part[] = [];
  const replace = async (part: Part) => {
    await part.child.stop('SIGTERM');
    part.child = await startProgram(part.command, env, part.log);
  };
  for (const command of ['serve', 'agent']) {
    const log = path.join(places.log, `${command}.log`);
    const part: Part = {
      name: `tallygate ${command}`,
      command,
      child: await startProgram(command, env, log),
      log,
    };
    stops.push(() => part.child.stop('SIGTERM'));
    programs.push(part);
  }
  const parts: Part[] = [
    { name: 'NGINX', command: '', child: nginx, log: path.join(places.log, 'error.log') },
    ...programs,
  ];
  const failure = Promise.race(parts.map(endOf));
  // Whoever waits for it sees the error; until then it must not count as unhandled.
  failure.catch(() => {});
  const ready = () => until(() => isReady(origin), 'the service to be ready');
  await Promise.race([failure, ready()]);
  const logs = ['downloads.log', 'serve.log', 'agent.log'].map((name) => path.join(places.log, name));
  const restart = async () => {
    await tallygate('migrate');
    for (const part of programs) part.again = replace(part);
    await Promise.all(programs.map((part) => part.again));
    await Promise.race([...programs.map(endOf), ready()]);
  };
  const reload = async () => {
    await layOutNginx(dir, places, root);
    await testNginx(dir).catch((error: { stderr?: string }) => {
      throw new UserError(
        `NGINX goes on as it was:\n${error.stderr}`,
        'The line marked [emerg] says what to mend.',
      );
    });
    nginx.kill('SIGHUP');
  };
  return { dir, origin, apiKey, databaseUrl, logs, failure, restart, reload };
}

/** A process of ours; `again` while it is replaced by a new one. */
type Part = { name: string; command: string; child: Child; log: string; again?: Promise<void> };

async function startProgram(command: string, env: NodeJS.ProcessEnv, log: string): Promise<Child> {
  const output = await open(log, 'a');
  try {
    return await startChild(process.execPath, [program, command], {
      env,
      stdio: ['ignore', output.fd, output.fd],
    });
  } finally {
    await output.close();
  }
}

/** Runs a command of the program; resolves to what it printed. */
async function runProgram(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  try {
    return (await run(process.execPath, [program, ...args], { env })).stdout.trim();
  } catch (error) {
    // The command has said in words what is wrong; it names no password.
    const said = (error as { stderr?: string }).stderr?.trim().replace(/^tallygate: /, '');
    throw new UserError(said || `tallygate ${args[0]} failed`, undefined, { cause: error });
  }
}

/** Throws once a part has ended, and not to be started again. */
async function endOf(part: Part): Promise<never> {
  do {
    await part.child.exited;
    await part.again;
  } while (part.child.exit() === undefined);
  const lines = readFileSync(part.log, 'utf8').trimEnd().split('\n').slice(-5);
  throw new UserError(`${part.name} ended:\n${lines.map((line) => `  ${line}`).join('\n')}`);
}

async function isReady(origin: string): Promise<boolean> {
  return (await fetch(`${origin}/tallygate/readyz`)).ok;
}

/** What a person downloads when trying it. */
async function writeDemoFiles(www: string): Promise<void> {
  for (const folder of ['downloads', 'public']) await mkdir(path.join(www, folder), { recursive: true });
  await writeFile(path.join(www, 'downloads/album.zip'), randomBytes(3 * 1024 * 1024));
  await writeFile(path.join(www, 'public/leaflet.pdf'), randomBytes(64 * 1024));
}

/** The site of the demonstration: as nginx/example.conf, with a second, native log to compare with. */
function site(port: number, dir: string): string {
  return `
log_format audit '$request_method $uri $status $body_bytes_sent';
include tallygate/http.conf;
map "" $tallygate_edge { default demo; }
server {
    listen 127.0.0.1:${port};
    root ${dir}/www;
    location ^~ /downloads/ {
        include tallygate/protect.conf;
        include tallygate/missing.conf;
        access_log ${dir}/log/audit.log audit;
    }
    location ^~ /public/ { include tallygate/count.conf; }
    include tallygate/service.conf;
}
`;
}
