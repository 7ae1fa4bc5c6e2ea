// NGINX itself: its version and modules, whether it takes its configuration, and whether the gate holds.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Config } from '../config/load.ts';
import { nginxUser } from '../deploy/accounts.ts';
import { askGate, checkInstalledGate, gateHolds, type Probe, type ProbeKeys } from '../deploy/gate-check.ts';
import { type NginxReport, nginxRuns, readNginx, type Site } from '../deploy/host.ts';
import { nginxPrograms } from '../nginx/programs.ts';
import { ringFor } from '../nginx/server-ring.ts';
import { UserError } from '../user-error.ts';
import { type Finding, ok, warning, wrong } from './finding.ts';
import { examineRings } from './rings.ts';
import { examineSite } from './site.ts';

const run = promisify(execFile);

export async function examineNginx(site: Site, config: Config, probe?: string): Promise<Finding[]> {
  const built = await nginxBuild();
  if ('status' in built) return [built];
  const nginx = built.version;
  let report: NginxReport;
  try {
    report = await readNginx(site);
  } catch (error) {
    return [asWrong(error)];
  }
  const findings = [
    ...judgeVersions(nginx, undefined),
    ...examineSite(report.text, site.includes, prefixOf(site) ?? built.prefix),
    ...(await examineRings(report.text, config)),
  ];
  const keys = { file: config.keysFile, ring: ringFor(report.text, config.origin) ?? config.keysRing };
  try {
    const [njs = '', engine = ''] = (await checkInstalledGate(site, nginxUser(), keys, report)).split(' ');
    findings.unshift(...judgeVersions(nginx, { version: njs, engine }));
    findings.push(
      ok('the installed gate, tried in an NGINX of its own: a signed link passes, a forged one does not'),
    );
  } catch (error) {
    findings.push(asWrong(error));
  }
  return [
    ...findings,
    await runningGate(site, report, keys, { origin: config.origin ?? 'http://127.0.0.1', connectTo: probe }),
  ];
}

async function nginxBuild(): Promise<{ version: string; prefix: string | undefined } | Finding> {
  try {
    const { stderr } = await run(nginxPrograms().binary, ['-V']);
    const version = /nginx\/([\d.]+)/.exec(stderr)?.[1];
    if (version === undefined)
      return wrong(`unknown NGINX: ${stderr.split('\n')[0]}`, 'Install nginx 1.22 or newer.');
    return { version, prefix: /--prefix=(\S+)/.exec(stderr)?.[1] };
  } catch {
    return wrong('NGINX is not installed', 'Install the packages nginx and libnginx-mod-http-js.');
  }
}

/** The folder that relative names are below, where NGINX is given one (-p). */
function prefixOf({ arguments: given }: Site): string | undefined {
  return given.includes('-p') ? given[given.indexOf('-p') + 1] : undefined;
}

/** Versions that are known to be too old or broken. Without `njs`, its version is not known and not judged. */
export function judgeVersions(
  nginx: string,
  njs: { version: string; engine: string } | undefined,
): Finding[] {
  if (!njs) {
    if (compare(nginx, '1.22.0') >= 0) return [];
    return [wrong(`NGINX ${nginx} is too old`, 'Install 1.22 or newer.')];
  }
  const title = `NGINX ${nginx}, njs ${njs.version} (${njs.engine} engine)`;
  if (compare(njs.version, '0.7.9') < 0)
    return [wrong(`${title}: njs is too old`, 'Install njs 0.7.9 or newer.')];
  if (njs.version === '0.9.2')
    return [
      wrong(`${title}: njs 0.9.2 reads freed memory when it writes logs`, 'Install njs 0.9.3 or newer.'),
    ];
  if (nginx === '1.31.4' && compare(njs.version, '1.0.0') < 0)
    return [
      warning(
        `${title}: in this pair a script that reads Proxy-Connection crashes the worker`,
        "Tallygate's does not; if the site has others, install njs 1.0.0 or newer.",
      ),
    ];
  return [ok(title)];
}

async function runningGate(site: Site, report: NginxReport, keys: ProbeKeys, probe: Probe): Promise<Finding> {
  if (!(await nginxRuns(report)))
    return wrong(`NGINX is not running (${report.pidFile})`, 'Start it: systemctl start nginx');
  if (!report.hasService)
    return warning(
      'the running NGINX was not asked',
      `Include ${site.includes}/service.conf in a server block.`,
    );
  try {
    const answers = await askGate(keys, probe);
    if (gateHolds(answers)) return ok('the running NGINX: a signed link passes, a forged one does not');
    if (answers.signed === 403 && answers.forged === 403)
      return wrong(
        'the running NGINX refuses links that are signed with the current key',
        'It runs with other keys than the key file holds: nginx -s reload',
      );
    return wrong(
      `the running NGINX answers ${answers.signed} to a signed link, ${answers.forged} to a forged one`,
      'Reload it. If that does not help, another server block answers for this host: see --probe.',
    );
  } catch (error) {
    if (error instanceof UserError) return asWrong(error);
    return wrong(
      `the running NGINX cannot be asked at ${probe.connectTo ?? probe.origin} on loopback (${(error as Error).message})`,
      'Say where it listens: tallygate doctor --probe 127.0.0.1:80',
    );
  }
}

function asWrong(error: unknown): Finding {
  if (error instanceof UserError) return wrong(error.message, error.remedy ?? 'See its message.');
  throw error;
}

/** Compares dotted versions. */
function compare(a: string, b: string): number {
  const [x, y] = [a, b].map((version) => version.split('.').map(Number)) as [number[], number[]];
  for (let index = 0; index < 3; index += 1) {
    const difference = (x[index] ?? 0) - (y[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
