// The system accounts that servers run under when we are root: initdb refuses root, and NGINX's workers
// should not have it.

import { execFileSync } from 'node:child_process';
import { UserError } from '../user-error.ts';

/** User and group to spawn PostgreSQL with; empty when we are not root, and it runs as we do. */
export function postgresAccount(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  try {
    const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
    return { uid: id('-u'), gid: id('-g') };
  } catch (error) {
    throw new UserError(
      'PostgreSQL does not run as root, and there is no user postgres to run it as',
      'Install the package postgresql, or run this as a user that is not root.',
      { cause: error },
    );
  }
}
