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
  /** what to do. Only a good link has none. */
  readonly remedy?: string | undefined;
  /** the facts that were looked at, in order */
  readonly facts: readonly (readonly [name: string, value: string])[];
};

/**
 * An explanation, and how it ended. `unproven`: only NGINX, or the client that asks, could decide. `mismatch`: the signature
 * does not fit, and here is what was compared.
 */
export type Judged = Explanation & {
  readonly state: 'unreadable' | 'mismatch' | 'unproven' | 'fits';
  readonly reading?: Reading;
  readonly link?: LinkArguments;
  /** `key`: none if the key file does not have the one that the link names */
  readonly compared?: { key: Hs256Key | undefined; fields: SignedFields };
};

/**
 * `ring`: the keys that the site accepts. `others`: the other rings of the key file. `client`: the address that asks, for
 * bound links. `now`: unix seconds.
 */
export type Circumstances = {
  ring: KeyRing;
  others?: KeyRings;
  now: number;
  client?: string | undefined;
};
