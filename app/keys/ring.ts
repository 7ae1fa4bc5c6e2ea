// The keys that links are signed with. One file holds them: NGINX includes it, and the service reads it. Sites that share
// an NGINX and must not open each other's links have a ring of keys each.

import { UserError } from '../user-error.ts';

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

/** The key of a site that used NGINX's secure_link before. Its links go on working. */
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

/** The keys of one site, or of several that may open each other's links. */
export type KeyRing = {
  /** `[a-z0-9-]{1,16}`, the name that a server gives in $tallygate_keys. '' is the ring of servers that give none. */
  readonly name: string;
  /** what new links are signed with. A key behind it is accepted, and signs when every edge has loaded it */
  readonly current: Hs256Key;
  /** every key whose links are accepted, oldest first */
  readonly keys: readonly Key[];
};

/** All that a key file holds: at least one ring. A key's id is in one ring only. */
export type KeyRings = readonly KeyRing[];

/** @throws UserError where there is none of that name */
export function requireRing(rings: KeyRings, name: string): KeyRing {
  const ring = rings.find((one) => one.name === name);
  if (ring) return ring;
  throw new UserError(
    `the key file does not have ${ringLabel(name)}, but ${rings.map((one) => ringLabel(one.name)).join(', ')}`,
    `Name another with --ring or keys_ring; or make a first key for it: tallygate keys rotate --ring ${name || '""'}`,
  );
}

/** Whether `text` can be a ring's name. */
export function isRingName(text: string): boolean {
  return /^[a-z0-9-]{1,16}$/.test(text);
}

/** What messages call a ring. */
export function ringLabel(name: string): string {
  return name === '' ? 'the default ring' : `the ring ${name}`;
}

/** The key of that id. */
export function findKey(ring: Pick<KeyRing, 'keys'>, id: string): Key | undefined {
  return ring.keys.find((key) => key.id === id);
}
