// Waiting for a condition by asking, never by sleeping for luck.

import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks until the answer is neither undefined, null nor false, and returns it. An answer that throws counts
 * as "not yet"; the last such error is the cause of the time-out's. If this process was frozen when the time was up, it asks
 * once more.
 * @param what ends the sentence "waited for ..."
 */
export async function until<T>(
  ask: () => T | Promise<T>,
  what: string,
  timeoutMs = 60_000,
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = performance.now() + timeoutMs;
  let cause: unknown;
  for (let pause = 2; ; pause = Math.min(pause * 1.5, 50)) {
    const isLast = performance.now() > deadline;
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== null && answer !== false)
        return answer as NonNullable<Exclude<T, false>>;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (isLast) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`, { cause });
    await delay(pause);
  }
}
