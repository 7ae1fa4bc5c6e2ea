// Answers only for the site's own name. So a page elsewhere whose name resolves to this machine (DNS rebinding) gets
// nothing. No URL in an answer is built from what the client sent; links are built from `origin`.

import type { MiddlewareHandler } from 'hono';
import type { Env } from './context.ts';
import { Problem } from './problem.ts';

// Loopback IP addresses cannot be rebound, and this machine's own tools use them.
const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Refuses requests for a host other than that of `origin`. It ignores the port, because proxies often drop it. */
export function onlyOurHost(origin: string): MiddlewareHandler<Env> {
  const ours = new URL(origin).hostname;
  // Nearly every request has the same Host header as the one before.
  let accepted: string | undefined;
  return function checkHost(c, next) {
    const host = c.req.header('host');
    if (host === accepted) return next();
    const name = host?.replace(/:\d{1,5}$/, '').toLowerCase();
    // app.request() in tests and HTTP/1.0 probes send no Host.
    if (name !== undefined && name !== ours && !loopback.has(name)) {
      throw new Problem('misdirected', `This service answers only for ${ours}. Ask for that host.`);
    }
    accepted = host;
    return next();
  };
}
