// How large a body may be. A length that is announced is believed, as Node reads no more than that; without one the
// body is counted while it arrives, so that a chunked body cannot evade the limit.

import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { Problem } from './problem.ts';

/** Refuses bodies of more than `maxBytes` with 413. */
export function limitBody(maxBytes: number): MiddlewareHandler {
  const refuse = () => {
    throw new Problem('too_large', `The body may have ${maxBytes} bytes at the most.`);
  };
  const counting = bodyLimit({ maxSize: maxBytes, onError: refuse });
  return function limit(c, next) {
    const length = c.req.header('content-length');
    // Hono's own looks at the body's stream first, which makes one: half the cost of a small request.
    if (length === undefined || c.req.header('transfer-encoding') !== undefined) return counting(c, next);
    if (Number(length) > maxBytes) return refuse();
    return next();
  };
}
