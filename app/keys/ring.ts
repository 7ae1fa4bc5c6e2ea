// The keys links are signed with. One file holds them, for NGINX (which includes it) and for the service alike.

import { readFile } from 'node:fs/promises';
import { UserError } from '../user-error.ts';
import { parseKeyFile } from './file.ts';

/** A key of ours: HMAC-SHA256 over the canonical string. */
export type Hs256Key = {
  readonly kind: 'hs256';
  /** `[a-z0-9-]{1,16}`, what links carry in `k` */
  readonly id: string;
  /** letters and digits, 32 at least */
  readonly secret: string;
  /** UTC day it was made, YYYY-MM-DD */
  readonly since: string;
};

/** A key of a site that used NGINX's secure_link before: its links go on working. */
export type SecureLinkKey = {
  readonly kind: 'secure_link';
  readonly id: string;
  /** as in the site's secure_link_md5 directive, such as `$secure_link_expires$uri secret` */
  readonly expression: string;
  /** the query arguments that hold signature and expiry, such as `md5` and `expires` */
  readonly signatureArg: string;
  readonly expiresArg: string;
  readonly since: string;
};

export type Key = Hs256Key | SecureLinkKey;

export type KeyRing = {
  /** what new links are signed with */
  readonly current: Hs256Key;
  /** every key whose links are accepted, oldest first */
  readonly keys: readonly Key[];
};

/**
 * The keys in `file`.
 * @throws UserError when it is missing, unreadable, or not as `tallygate keys` writes it
 */
export async function readKeyRing(file: string): Promise<KeyRing> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(
      `cannot read the key file ${file} (${code})`,
      code === 'ENOENT'
        ? 'Make one with: tallygate keys generate'
        : 'Run this as root, or as the user the key file belongs to.',
      { cause: error },
    );
  }
  return parseKeyFile(text, file);
}

/** The key of that id. */
export function findKey(ring: KeyRing, id: string): Key | undefined {
  return ring.keys.find((key) => key.id === id);
}
