// Sealed codes: so that a batch can be printed again. A code is encrypted with AES-256-GCM under a key that is derived
// from codes.key (HKDF-SHA-256) for its batch alone. Who has only the database can read none of it. Batch and serial are
// authenticated: a sealed code that was moved to another card does not open.

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const cipher = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

export type Seal = {
  /** nonce, ciphertext, tag */
  close(serial: number, code: string): Buffer;
  /** The code; undefined if it was sealed under another key, for another card, or was changed. */
  open(serial: number, sealed: Uint8Array): string | undefined;
};

/** The seal of one batch. */
export function batchSeal(codesKey: Buffer, batch: string): Seal {
  const key = Buffer.from(hkdfSync('sha256', codesKey, '', `tallygate-sealed-code-v1\n${batch}`, 32));
  const about = (serial: number) => Buffer.from(`${batch}\n${serial}`);
  return {
    close(serial, code) {
      const nonce = randomBytes(nonceBytes);
      const closing = createCipheriv(cipher, key, nonce).setAAD(about(serial));
      return Buffer.concat([nonce, closing.update(code, 'utf8'), closing.final(), closing.getAuthTag()]);
    },
    open(serial, sealed) {
      try {
        const nonce = sealed.subarray(0, nonceBytes);
        const opening = createDecipheriv(cipher, key, nonce, { authTagLength: tagBytes });
        opening.setAAD(about(serial)).setAuthTag(sealed.subarray(-tagBytes));
        const text = sealed.subarray(nonceBytes, -tagBytes);
        return Buffer.concat([opening.update(text), opening.final()]).toString();
      } catch {
        return undefined;
      }
    },
  };
}
