// How large a body may be. Counted while it arrives, so that a chunked body cannot evade it.

import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { Problem } from './problem.ts';

/** Refuses bodies of more than `maxBytes` with 413. */
export function limitBody(maxBytes: number): MiddlewareHandler {
  return bodyLimit({
    maxSize: maxBytes,
    onError: () => {
      throw new Problem('too_large', `The body may have ${maxBytes} bytes at the most.`);
    },
  });
}
