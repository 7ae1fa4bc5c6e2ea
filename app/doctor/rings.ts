// Rings of keys: do the servers, the key file and the configuration agree?

import type { Config } from '../config/load.ts';
import { readKeyRings } from '../keys/file.ts';
import { type KeyRings, ringLabel } from '../keys/ring.ts';
import { ringFor, ringsNamed } from '../nginx/server-ring.ts';
import { UserError } from '../user-error.ts';
import { type Finding, wrong } from './finding.ts';

/** @param dump what `nginx -T` prints. A key file that cannot be read is a finding of examineKeys, and not of this. */
export async function examineRings(dump: string, { keysFile, keysRing, origin }: Config): Promise<Finding[]> {
  let rings: KeyRings;
  try {
    rings = await readKeyRings(keysFile);
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
  const isThere = (name: string) => name.includes('$') || rings.some((ring) => ring.name === name);
  const findings = ringsNamed(dump)
    .filter(({ ring }) => !isThere(ring))
    .map(({ ring, server }) =>
      wrong(
        `the server ${server} names ${ringLabel(ring)}, which the key file does not have: its gate opens to nobody`,
        `Correct "set $tallygate_keys ${ring};", or make the ring: tallygate keys rotate --ring ${ring}`,
      ),
    );
  const accepted = ringFor(dump, origin);
  if (origin !== undefined && accepted !== undefined && accepted !== keysRing)
    findings.push(
      wrong(
        `links are signed with keys of ${ringLabel(keysRing)}, and the server of ${origin} accepts ${ringLabel(accepted)}`,
        `Set keys_ring = "${accepted}" in the configuration, or $tallygate_keys in that server.`,
      ),
    );
  return findings;
}
