// What is wrong with a batch that could be made all the same. Cards that open nothing are noticed when they are sold, so
// such a batch is refused unless `force` is given.

import type { BatchRequest } from './batches.ts';
import type { FoundFile } from './sizes.ts';

/** `field` is the API's name of what is doubtful. */
export type Doubt = { field: 'redeem_until' | 'paths'; index?: number; detail: string };

/** @param now milliseconds since the epoch */
export function doubtsOf(request: BatchRequest, files: readonly FoundFile[], now: number): Doubt[] {
  const { redeemUntil } = request;
  const doubts: Doubt[] = files.flatMap(({ path, refused }, index) =>
    refused === undefined ? [] : [{ field: 'paths' as const, index, detail: `${path}: ${because(refused)}` }],
  );
  if (redeemUntil && redeemUntil.getTime() <= now) {
    doubts.push({ field: 'redeem_until', detail: `is over: ${redeemUntil.toISOString()}` });
  }
  return doubts;
}

function because(status: number): string {
  if (status === 404) return 'NGINX has no such file (404)';
  return `NGINX refuses a link to it (${status}): is it behind the gate, and has NGINX loaded the keys?`;
}
