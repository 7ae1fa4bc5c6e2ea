// Which keys has NGINX loaded? Only NGINX itself can say: what stands in the file is not what it runs with until it is
// reloaded. So the key file makes NGINX know, besides the keys, a list of them, which it tells the agent of its host
// (service.conf). The list holds no secret: of each key only a digest, so that a host with another key of the same id is found.

import { createHash } from 'node:crypto';
import type { Key, KeyRings } from './ring.ts';

export type LoadedKey = {
  ring: string;
  id: string;
  /** of its secret; '' for a key of secure_link, whose secret may be short enough to be guessed from a digest */
  fingerprint: string;
  /** whether it is its ring's current key: NGINX signs with it too (mint.conf) */
  signs: boolean;
};

/** NGINX takes no word of more than 4096 bytes. */
const keysInAWord = 40;

/** 72 bits of a digest of a secret of 256: enough to tell two apart. */
function fingerprintOf(key: Key): string {
  if (key.kind !== 'hs256') return '';
  return createHash('sha256').update(`tallygate-key\n${key.secret}`).digest('base64url').slice(0, 12);
}

/** Every key of a file, as NGINX lists them when it has loaded it. */
export function keysOf(rings: KeyRings): LoadedKey[] {
  return rings.flatMap((ring) =>
    ring.keys.map((key) => ({
      ring: ring.name,
      id: key.id,
      fingerprint: fingerprintOf(key),
      signs: key === ring.current,
    })),
  );
}

/** The list in words that NGINX can take: `ring/id=fingerprint`, and `*` behind the key that a ring signs with. */
export function loadedWords(rings: KeyRings): string[] {
  const all = keysOf(rings).map(
    ({ ring, id, fingerprint, signs }) => `${ring}/${id}=${fingerprint}${signs ? '*' : ''} `,
  );
  return Array.from({ length: Math.ceil(all.length / keysInAWord) }, (_, n) =>
    all.slice(n * keysInAWord, (n + 1) * keysInAWord).join(''),
  );
}

/** The keys of such a list; undefined for a text that is none. */
export function parseLoaded(text: string): LoadedKey[] | undefined {
  const words = text.trim().split(/\s+/);
  const keys = words.map((word) => /^([a-z0-9-]{0,16})\/([a-z0-9-]{1,16})=([\w-]{12})?(\*)?$/.exec(word));
  if (keys.includes(null)) return undefined;
  return (keys as RegExpExecArray[]).map(([, ring = '', id = '', fingerprint = '', signs]) => ({
    ring,
    id,
    fingerprint,
    signs: signs !== undefined,
  }));
}
