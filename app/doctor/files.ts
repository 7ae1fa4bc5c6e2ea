// Files of this host: keys, salts, the log, the deny folder, and the room on the disks.

import { existsSync } from 'node:fs';
import { readdir, readFile, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../config/load.ts';
import { nextKey } from '../keys/change.ts';
import { readKeyRings } from '../keys/file.ts';
import { ringLabel } from '../keys/ring.ts';
import { dayOf, parseSaltFile } from '../salts/file.ts';
import { UserError } from '../user-error.ts';
import { type Finding, ok, warning, wrong } from './finding.ts';

const networkFileSystems = new Map([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x65735546, 'FUSE'],
]);
const gigabyte = 1024 ** 3;

export async function examineKeys({ keysFile }: Config): Promise<Finding[]> {
  try {
    const rings = await readKeyRings(keysFile);
    return [
      await secrecy(keysFile),
      ...rings.map((ring) => {
        const { name, keys, current } = ring;
        const next = nextKey(ring);
        const whose = name === '' ? 'keys' : `keys of ${ringLabel(name)}`;
        return ok(
          `${whose}: ${keys.map(({ id }) => id).join(', ')}; new links are signed with ${current.id}${
            next ? `, and with ${next.id} when every edge has it (tallygate keys rotate)` : ''
          }`,
        );
      }),
    ];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [wrong(error.message, error.remedy ?? '')];
  }
}

export async function examineSalts({ agent }: Config, now: Date): Promise<Finding[]> {
  const remedy = 'Run: tallygate salts rotate (tallygate-salts.timer does it daily), then reload NGINX.';
  try {
    const salts = parseSaltFile(await readFile(agent.saltsFile, 'utf8'), agent.saltsFile);
    const today = dayOf(now);
    const ahead = (salts.at(-1)?.day ?? today - 1) - today;
    const past = salts.filter(({ day }) => day < today).length;
    const findings = [await secrecy(agent.saltsFile)];
    if (!salts.some(({ day }) => day === today))
      findings.push(wrong(`${agent.saltsFile} has no salt for today: nobody is recognised`, remedy));
    else if (ahead < 7) findings.push(warning(`the salts end in ${ahead} days`, remedy));
    else findings.push(ok(`salts: today and ${ahead} days ahead`));
    if (past > 0)
      findings.push(
        warning(
          `the salts of ${past} past days are still there: visitors of these days can still be recognised`,
          remedy,
        ),
      );
    return findings;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof UserError) return [wrong(error.message, error.remedy ?? remedy)];
    return [
      wrong(`cannot read ${agent.saltsFile} (${code})`, code === 'ENOENT' ? remedy : 'Run this as root.'),
    ];
  }
}

async function secrecy(file: string): Promise<Finding> {
  const { mode, uid } = await stat(file);
  const rights = (mode & 0o777).toString(8).padStart(4, '0');
  if ((mode & 0o077) !== 0)
    return wrong(`${file} is ${rights}: others can read its secrets`, `Run: chmod 600 ${file}`);
  if (uid !== 0 && process.getuid?.() === 0)
    return warning(
      `${file} does not belong to root, who reads it as NGINX's configuration`,
      `Run: chown root ${file}`,
    );
  return ok(`${file} is ${rights}`);
}

/** The logs that NGINX writes to: their rights and their file system. */
export async function examineLogs({ agent }: Config): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const log of agent.logs.filter((name) => !/[*?]/.test(name))) {
    const folder = path.dirname(log);
    const onNetwork = existsSync(folder) && networkFileSystems.get((await statfs(folder)).type);
    if (onNetwork)
      findings.push(
        wrong(`${folder} is on ${onNetwork}, where lines of several workers can mix`, 'Log to a local disk.'),
      );
    try {
      const { mode } = await stat(log);
      if ((mode & 0o007) !== 0)
        findings.push(warning(`${log} is readable by everyone`, `Run: chmod o= ${log}`));
      else findings.push(ok(`${log} is written by NGINX and read by its group`));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      findings.push(
        code === 'ENOENT'
          ? wrong(
              `there is no log ${log}`,
              'Reload NGINX, which makes it; agent.logs must name the file it writes.',
            )
          : wrong(`cannot see ${log} (${code})`, 'Run this as root.'),
      );
    }
  }
  return findings;
}

/**
 * NGINX's workers must be able to enter the folder. Where open_file_cache is on, they must also be able to open its files.
 * If they cannot, a denied link passes.
 */
export async function examineDenyFolder({ agent }: Config): Promise<Finding[]> {
  for (const folder of [agent.denyDir, path.join(agent.denyDir, 't'), path.join(agent.denyDir, 'v')]) {
    for (let above = folder; above !== '/'; above = path.dirname(above)) {
      const mode = await modeOf(above);
      if (mode === undefined)
        return [
          wrong(
            `there is no ${above}: revoked links go on working`,
            'Start tallygate agent, which makes it.',
          ),
        ];
      if ((mode & 0o001) === 0)
        return [
          wrong(
            `NGINX's workers cannot enter ${above}: revoked links go on working`,
            `Run: chmod o+x ${above}`,
          ),
        ];
    }
  }
  for (const folder of ['t', 'v'].map((kind) => path.join(agent.denyDir, kind))) {
    const modes = await Promise.all((await readdir(folder)).map((name) => modeOf(path.join(folder, name))));
    // A file that is gone by now: its denial was taken back in the meantime.
    if (modes.some((mode) => mode !== undefined && (mode & 0o004) === 0))
      return [
        wrong(
          `NGINX's workers cannot read some files in ${folder}: with open_file_cache on, these links go on working`,
          `Run: chmod o+r ${folder}/*`,
        ),
      ];
  }
  return [ok(`${agent.denyDir} can be looked into by NGINX's workers`)];
}

/** A file's mode, undefined where there is no such file. */
function modeOf(file: string): Promise<number | undefined> {
  return stat(file).then(
    ({ mode }) => mode,
    () => undefined,
  );
}

export async function examineSpace({ agent }: Config): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const folder of new Set(agent.logs.map((log) => path.dirname(log)).filter(existsSync))) {
    const { bavail, blocks, bsize } = await statfs(folder);
    const free = bavail * bsize;
    const share = bavail / blocks;
    const text = `${folder}: ${(free / gigabyte).toFixed(1)} GB free (${Math.floor(share * 100)} %)`;
    if (free < gigabyte / 5 || share < 0.02)
      findings.push(wrong(`${text}; a full disk loses records`, 'Make room now.'));
    else if (free < gigabyte || share < 0.1)
      findings.push(warning(text, 'Make room: a full disk loses records.'));
    else findings.push(ok(text));
  }
  return findings;
}
