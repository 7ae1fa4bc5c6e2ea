// Sealed codes: so that a batch can be printed again. Each batch has a key of its own, derived from codes.key. Who has
// only the database can read none of it, and a sealed code that was moved to another card does not open.

import { sealerOf } from '../sealed.ts';

export type Seal = {
  close(serial: number, code: string): Buffer;
  /** The code; undefined if it was sealed under another key, for another card, or was changed. */
  open(serial: number, sealed: Uint8Array): string | undefined;
};

/** The seal of one batch. */
export function batchSeal(codesKey: Buffer, batch: string): Seal {
  const sealer = sealerOf(codesKey, `tallygate-sealed-code-v1\n${batch}`);
  const about = (serial: number) => `${batch}\n${serial}`;
  return {
    close: (serial, code) => sealer.seal(code, about(serial)),
    open(serial, sealed) {
      try {
        return sealer.open(Buffer.from(sealed), about(serial));
      } catch {
        return undefined;
      }
    },
  };
}
