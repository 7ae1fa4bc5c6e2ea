// How large a body may be. A Content-Length is believed, because Node reads no more than that. Without one the body
// is counted as it arrives, so a chunked body cannot evade the limit.

import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { Problem } from './problem.ts';

/** Refuses bodies of more than `maxBytes` with 413. */
export function limitBody(maxBytes: number): MiddlewareHandler {
  const refuse = () => {
    throw new Problem('too_large', `The body may have at most ${maxBytes} bytes. Send less at once.`);
  };
  const counting = bodyLimit({ maxSize: maxBytes, onError: refuse });
  return function limit(c, next) {
    const length = c.req.header('content-length');
    // Hono's own limit opens the body's stream first, which is half the cost of a small request.
    if (length === undefined || c.req.header('transfer-encoding') !== undefined) return counting(c, next);
    if (Number(length) > maxBytes) return refuse();
    return next();
  };
}
