// Liveness and readiness, for service managers and load balancers. Neither tells anything about the site.

import type { Context } from 'hono';
import type { Deps, Env } from '../http/context.ts';
import { Problem } from '../http/problem.ts';
import { newRouter } from '../http/router.ts';

export function healthRoutes(deps: Deps) {
  const router = newRouter();
  const alive = (c: Context<Env>) => c.json({ status: 'ok' });
  const ready = async (c: Context<Env>) => {
    try {
      // A table of ours: a server without the schema is not ready either.
      await Promise.all([deps.sql`select from tokens limit 1`, deps.keyRing()]);
    } catch (error) {
      deps.log.warn({ err: error }, 'not ready');
      throw new Problem('unavailable', 'PostgreSQL or the key file is not ready; the log says which.', {
        headers: { 'retry-after': '5' },
      });
    }
    return c.json({ status: 'ready' });
  };
  for (const prefix of ['', '/tallygate']) {
    router.get(`${prefix}/healthz`, alive);
    router.get(`${prefix}/readyz`, ready);
  }
  return router;
}
