// Answers only for the site's own name. A page elsewhere whose name resolves to this machine (DNS rebinding) is
// refused, and no address in an answer is ever built from what the client sent: links come from `origin`.

import type { MiddlewareHandler } from 'hono';
import type { Env } from './context.ts';
import { Problem } from './problem.ts';

// Literal loopback addresses cannot be rebound; they are how the machine's own tools reach the service.
const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Refuses requests for another host than that of `origin`. The port is not compared: proxies often drop it. */
export function onlyOurHost(origin: string): MiddlewareHandler<Env> {
  const ours = new URL(origin).hostname;
  // Nearly every request names the host as the one before did.
  let accepted: string | undefined;
  return function checkHost(c, next) {
    const host = c.req.header('host');
    if (host === accepted) return next();
    const name = host?.replace(/:\d{1,5}$/, '').toLowerCase();
    // app.request() in tests and HTTP/1.0 probes send none.
    if (name !== undefined && name !== ours && !loopback.has(name)) {
      throw new Problem('misdirected', `This service answers for ${ours} only.`);
    }
    accepted = host;
    return next();
  };
}
