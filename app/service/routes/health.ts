// Liveness and readiness, for service managers and load balancers. They tell nothing about the site. Metrics do, and so
// only the service's own port has them: NGINX passes on only what is below /tallygate/.

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

/** Checks that our tables exist and that this PostgreSQL takes writes: a read-only one could issue nothing. */
async function canWrite({ sql }: Deps): Promise<void> {
  const [row] = await sql<{ readonly: boolean }[]>`
    select pg_is_in_recovery() or current_setting('transaction_read_only')::boolean as readonly
    from (select count(*) from (select from tokens limit 1) t) c`;
  if (row?.readonly !== false) throw new Error('PostgreSQL takes no writes');
}

/** Fails when PostgreSQL hangs, before the one who asks gives up. */
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
