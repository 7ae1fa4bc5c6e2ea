// What is said of a link, and what must be known to say it.

import type { LinkArguments } from '../../../njs/link/arguments.ts';
import type { SignedFields } from '../../../njs/link/canonical.ts';
import type { Hs256Key, KeyRing, KeyRings } from '../../keys/ring.ts';
import type { Reading } from './reading.ts';

export type Explanation = {
  /** what NGINX would answer, as far as the link alone decides */
  readonly status: 200 | 400 | 403 | 404 | 410;
  /** one sentence for people */
  readonly verdict: string;
  /** what to do; every verdict has one but for a good link's */
  readonly remedy?: string | undefined;
  /** what was looked at on the way, in order */
  readonly facts: readonly (readonly [name: string, value: string])[];
};

/**
 * An explanation with how far it went: `unproven` is what only NGINX, or who asks, could tell; of a `mismatch` there is
 * what was compared.
 */
export type Judged = Explanation & {
  readonly state: 'unreadable' | 'mismatch' | 'unproven' | 'fits';
  readonly reading?: Reading;
  readonly link?: LinkArguments;
  /** `key`: none where the key file has not the one that the link names */
  readonly compared?: { key: Hs256Key | undefined; fields: SignedFields };
};

/**
 * `ring`: whose keys the site accepts; `others`: what else the key file holds. `client`: the address that asks, for bound
 * links; `now` in unix seconds.
 */
export type Circumstances = {
  ring: KeyRing;
  others?: KeyRings;
  now: number;
  client?: string | undefined;
};
