// Counts and times every request, by the route as it was declared: an address with an id in it would make a label of
// each id.

import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { Metrics } from '../../metrics/metrics.ts';
import type { Env } from './context.ts';

export function measure({ requests, seconds }: Metrics): MiddlewareHandler<Env> {
  // Finding a counter by its labels costs six times what counting does. Routes, methods and statuses are few.
  const counters = new Map<string, { inc(): void }>();

  function counterOf(route: string, method: string, status: number) {
    const name = `${method} ${status} ${route}`;
    let counter = counters.get(name);
    if (!counter) {
      counter = requests.labels({ route, method, status: String(status) });
      counters.set(name, counter);
    }
    return counter;
  }

  return async (c, next) => {
    const startedAt = performance.now();
    await next();
    // The last of the matched routes is the one that answered; a middleware's pattern when none did.
    const path = routePath(c, -1);
    const labels = { route: path.endsWith('*') ? 'none' : path, method: c.req.method };
    counterOf(labels.route, labels.method, c.res.status).inc();
    seconds.observe(labels, (performance.now() - startedAt) / 1000);
  };
}
