// What must be read again but not by whoever has only the database: sealed under a key that is in a file.

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const cipher = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

export type Sealer = {
  /** Encrypts `text`. It opens only with the same `context`, which says where it belongs. */
  seal: (text: string, context: string) => Buffer;
  /** @throws Error if it was sealed under another secret or context, or was changed */
  open: (sealed: Buffer, context: string) => string;
};

/**
 * AES-256-GCM under a key that HKDF-SHA-256 derives from `secret`.
 * @param label what is sealed: each use has a key of its own
 */
export function sealerOf(secret: Buffer, label: string): Sealer {
  const key = Buffer.from(hkdfSync('sha256', secret, '', label, 32));
  return {
    seal(text, context) {
      const nonce = randomBytes(nonceBytes);
      const sealing = createCipheriv(cipher, key, nonce).setAAD(Buffer.from(context));
      return Buffer.concat([nonce, sealing.update(text, 'utf8'), sealing.final(), sealing.getAuthTag()]);
    },
    open(sealed, context) {
      const opening = createDecipheriv(cipher, key, sealed.subarray(0, nonceBytes), {
        authTagLength: tagBytes,
      })
        .setAAD(Buffer.from(context))
        .setAuthTag(sealed.subarray(-tagBytes));
      return (
        opening.update(sealed.subarray(nonceBytes, -tagBytes), undefined, 'utf8') + opening.final('utf8')
      );
    },
  };
}
