// Liveness and readiness, for service managers and load balancers; they tell nothing about the site. And metrics,
// which do: NGINX passes on only what is below /tallygate/, so they are reached on the service's own port alone.

import type { Context } from 'hono';
import type { Deps, Env } from '../http/context.ts';
import { Problem } from '../http/problem.ts';
import { newRouter } from '../http/router.ts';

const patienceMs = 3000;

export function healthRoutes(deps: Deps) {
  const router = newRouter();
  const alive = (c: Context<Env>) => c.json({ status: 'ok' });
  const ready = async (c: Context<Env>) => {
    try {
      await Promise.all([inTime(canWrite(deps)), deps.keyRing()]);
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
  router.get('/metrics', async (c) =>
    c.text(await deps.metrics.page(), 200, { 'content-type': deps.metrics.contentType }),
  );
  return router;
}

/** Our tables are there, and this server takes writes: a standby, or one gone read-only, could issue nothing. */
async function canWrite({ sql }: Deps): Promise<void> {
  const [row] = await sql<{ readonly: boolean }[]>`
    select pg_is_in_recovery() or current_setting('transaction_read_only')::boolean as readonly
    from (select count(*) from (select from tokens limit 1) t) c`;
  if (row?.readonly !== false) throw new Error('PostgreSQL takes no writes');
}

/** A server that hangs is not ready, and says so before whoever asks gives up. */
async function inTime(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('PostgreSQL does not answer')), patienceMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => {});
  }
}
