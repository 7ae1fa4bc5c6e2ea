// System accounts by name, and the folders of an installation with their owners and modes.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../user-error.ts';
import type { Changes, Owner } from './changes.ts';
import type { Layout } from './layout.ts';

const ids = (database: 'passwd' | 'group', name: string): number | undefined => {
  try {
    return Number(execFileSync('getent', [database, name], { encoding: 'utf8' }).split(':')[2]);
  } catch {
    return undefined;
  }
};

/** The uid and gid of two names. Undefined if we are not root, or this host does not know one of them. */
export function ownerOf(user: string, group: string): Owner | undefined {
  const [uid, gid] = [ids('passwd', user), ids('group', group)];
  return process.getuid?.() === 0 && uid !== undefined && gid !== undefined ? { uid, gid } : undefined;
}

/** The user that NGINX's workers run as on this host. */
export function nginxUser(): string {
  const found = ['www-data', 'nginx', 'http'].find((name) => ids('passwd', name) !== undefined);
  return found ?? 'nobody';
}

/** Makes the account of `serve` and `agent` on this host, as the sysusers.d file says. */
export function makeAccounts(layout: Layout, release: string): void {
  // A tree for tests or for another host does not use the accounts of this one.
  if (layout.destdir !== '') return;
  const file = `${release}/files/tallygate.sysusers`;
  const useradd =
    '--system --user-group --no-create-home --home-dir /var/lib/tallygate --shell /usr/sbin/nologin';
  for (const [command, args] of [
    ['systemd-sysusers', [file]],
    ['useradd', [...useradd.split(' '), 'tallygate']],
  ] as const) {
    if (ids('passwd', 'tallygate') !== undefined) return;
    try {
      execFileSync(command, args, { stdio: 'pipe' });
    } catch (error) {
      // Without systemd, useradd makes it. What useradd says is the error that counts.
      if (command === 'systemd-sysusers') continue;
      throw new UserError(
        'cannot make the user tallygate',
        'Make it: useradd --system --user-group tallygate',
        {
          cause: error,
        },
      );
    }
  }
}

/** Makes what the tmpfiles.d file lists: folders (`d`) and empty files (`f`), with their rights. */
export async function makeFolders(layout: Layout, release: string, changes: Changes): Promise<void> {
  const text = layout.fill(await readFile(path.join(release, 'files/tallygate.tmpfiles'), 'utf8'));
  for (const line of text.split('\n').filter((candidate) => /^[df] /.test(candidate))) {
    const [type, target = '', mode = '', user = '', group = ''] = line.split(/\s+/);
    if (type === 'd') await changes.makeFolder(target);
    else if (!existsSync(target)) await changes.writeFile(target, '', 0o600);
    await changes.setRights(target, Number.parseInt(mode, 8), ownerOf(user, group));
  }
}
