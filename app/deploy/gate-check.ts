// Does the gate hold? A signed link must pass; a forged one, and a request without one, must not. First we ask an NGINX
// of our own that runs on the installed includes, keys and modules. Only then the site's NGINX is reloaded, and asked.

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readKeyRing } from '../keys/file.ts';
import { signLink } from '../link/sign.ts';
import { forge } from '../nginx/forge.ts';
import { startNginx } from '../nginx/start.ts';
import { freePort } from '../process/ports.ts';
import { until } from '../process/until.ts';
import { UserError } from '../user-error.ts';
import type { NginxReport, Site } from './host.ts';

/** The location in service.conf that answers 200 behind the gate. It is not counted. */
const probePath = '/tallygate/probe/ok';
/** A location inside it. It inherits the access check and nothing else: refuse.conf does not reach inner locations. */
const wallPath = '/tallygate/probe/wall/ok';

export type Probe = {
  /** the scheme and host that NGINX answers to */
  origin: string;
  /** host:port to connect to, if it is another */
  connectTo?: string | undefined;
};

/** The key file, and the ring that the server accepts: for signing the links that try the gate. */
export type ProbeKeys = { file: string; ring: string };

/** Long enough for a busy host: a question without an answer undoes the deployment. */
const patienceMs = 30_000;

/** A reload opens new ports a moment after it was asked for. A port that is closed for longer is the wrong one. */
const opensWithinMs = 10_000;

/** The statuses for a signed link, a forged one and none. `wall`: the same in the inner location. */
export type GateAnswers = Answers & { wall: Answers };
type Answers = { signed: number; forged: number; bare: number };

export const gateHolds = ({ signed, forged, bare, wall }: GateAnswers) =>
  signed === 200 &&
  forged === 403 &&
  bare === 403 &&
  wall.signed === 200 &&
  wall.forged === 401 &&
  wall.bare === 401;

export async function askGate(keys: ProbeKeys, probe: Probe): Promise<GateAnswers> {
  const { current } = await readKeyRing(keys.file, keys.ring);
  const ask = async (path: string): Promise<Answers> => {
    const link = signLink(current, { path, expires: Math.floor(Date.now() / 1000) + 60 }, '');
    const targets = [link, forge(link), path];
    const [signed = 0, forged = 0, bare = 0] = await Promise.all(
      targets.map((target) => statusOf(target, probe)),
    );
    return { signed, forged, bare };
  };
  return { ...(await ask(probePath)), wall: await ask(wallPath) };
}

/**
 * Runs the installed gate in an NGINX of our own on loopback. Resolves to the version and engine of njs there, such as
 * `0.7.9 njs` or `1.0.1 QuickJS`.
 * @throws UserError if NGINX does not start, or the gate does not hold
 */
export async function checkInstalledGate(
  site: Site,
  nginxUser: string,
  keys: ProbeKeys,
  report: NginxReport,
): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'tallygate-check-'));
  try {
    const port = await freePort();
    await mkdir(path.join(dir, 'log'));
    // Our includes name each other relative to the folder of nginx.conf.
    await symlink(site.includes, path.join(dir, 'tallygate'));
    await writeFile(path.join(dir, 'about.js'), about);
    await writeFile(path.join(dir, 'nginx.conf'), ownConfiguration(dir, port, nginxUser, keys.ring, report));
    const child = await startNginx(dir, port);
    try {
      const origin = `http://127.0.0.1:${port}`;
      const answers = await askGate(keys, { origin });
      if (!gateHolds(answers)) throw gateFault('with these includes', answers);
      return (await (await fetch(`${origin}/about`)).text()).trim();
    } finally {
      await child.stop('SIGTERM');
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/**
 * Asks the site's NGINX, for as long as its old workers may still be answering.
 * @throws UserError when nobody answers there, or the gate does not hold
 */
export async function checkRunningGate(keys: ProbeKeys, probe: Probe): Promise<void> {
  const ask = () => askGate(keys, probe);
  let answers = await until(ask, 'any answer', opensWithinMs).catch((cause: unknown) => {
    throw new UserError(
      `cannot ask the running NGINX at ${probe.connectTo ?? probe.origin}`,
      'Say where it listens: make deploy PROBE=127.0.0.1:80',
      { cause },
    );
  });
  const asked = until(async () => {
    if (!gateHolds(answers)) answers = await ask();
    return gateHolds(answers);
  }, 'the gate');
  await asked.catch(() => {
    throw gateFault('in the running NGINX', answers);
  });
}

function gateFault(where: string, { signed, forged, bare, wall }: GateAnswers): UserError {
  return new UserError(
    `the gate does not hold ${where}: a signed link got ${signed} (200 expected), a forged one ${forged} and none ${bare} ` +
      `(403 expected); in an inner location ${wall.signed} (200), ${wall.forged} and ${wall.bare} (401)`,
    "An edited include, or a directive of the site's own, changes what protect.conf does.",
  );
}

const about = `function about() { return njs.version + ' ' + (njs.engine || 'njs'); }
export default { about };
`;

function ownConfiguration(
  dir: string,
  port: number,
  nginxUser: string,
  ring: string,
  report: NginxReport,
): string {
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `${process.getuid?.() === 0 ? `user ${nginxUser};` : ''}
worker_processes 1;
daemon off;
pid ${dir}/nginx.pid;
error_log stderr info;
${report.modules.join('\n')}
events { worker_connections 64; }
http {
    access_log off;
${folders.map((name) => `    ${name}_temp_path ${dir}/${name};`).join('\n')}
    include tallygate/http.conf;
    js_import about from ${dir}/about.js;
    js_set $about about.about;
    server {
        listen 127.0.0.1:${port};
        set $tallygate_keys "${ring}";
        include tallygate/service.conf;
        location = /about { return 200 $about; }
    }
}
`;
}

/** The status of one GET. The certificate is not checked: we ask this very host, and only about the gate. */
function statusOf(target: string, { origin, connectTo }: Probe): Promise<number> {
  const { protocol, hostname, host, port } = new URL(origin);
  const secure = protocol === 'https:';
  const [address = '127.0.0.1', otherPort] = connectTo?.split(/:(?=\d+$)/) ?? [];
  return new Promise((resolve, reject) => {
    const sent = (secure ? requestHttps : requestHttp)({
      host: address,
      port: otherPort ?? (port || (secure ? 443 : 80)),
      servername: hostname,
      path: target,
      headers: { host },
      agent: false,
      timeout: patienceMs,
      ...(secure ? { rejectUnauthorized: false } : {}),
    });
    sent.once('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.once('timeout', () => sent.destroy(new Error(`no answer within ${patienceMs / 1000} s`)));
    sent.once('error', reject);
    sent.end();
  });
}
