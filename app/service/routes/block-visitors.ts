// The forms of the leeches page: block a visitor at every edge, and unblock one.

import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { inTransaction } from '../../db/transaction.ts';
import { denyVisitor, letVisitorIn } from '../../denials/denials.ts';
import { limitBody } from '../http/body.ts';
import type { Deps, Env } from '../http/context.ts';
import { Problem } from '../http/problem.ts';
import { newRouter } from '../http/router.ts';
import { mayDeny } from '../session/session.ts';

const visitor = z.string().regex(/^[A-Za-z0-9_-]{11}$/, 'is not a visitor: take one from the leeches page');
const blockForm = z.object({
  visitor,
  seconds: z.coerce.number().int().min(60).max(86_400),
  hours: z.coerce.number().int().min(1).max(2160).default(24),
  min_requests: z.coerce.number().int().min(1).max(1e9).default(100),
});
const unblockForm = z.object({ visitor });

export function blockVisitorsRoutes(deps: Deps) {
  const router = newRouter();
  router.post('/leeches/block', limitBody(4096), async (c) => {
    const { visitor: subject, seconds, hours, min_requests } = await form(c, blockForm);
    const now = new Date(deps.now());
    // A visitor has another name on the next UTC day, so a denial that lasted longer would refuse nobody.
    const midnight = new Date(now).setUTCHours(24, 0, 0, 0);
    const until = new Date(Math.min(now.getTime() + seconds * 1000, midnight));
    const reason = `blocked by ${c.get('apiKey').name}`;
    await inTransaction(deps.sql, (tx) => denyVisitor(tx, subject, reason, until));
    deps.log.info({ visitor: subject, until, api_key: c.get('apiKey').id }, 'visitor blocked');
    return c.redirect(
      `/tallygate/reports/leeches?hours=${hours}&min_requests=${min_requests}&done=block`,
      303,
    );
  });
  router.post('/leeches/unblock', limitBody(4096), async (c) => {
    const { visitor: subject } = await form(c, unblockForm);
    await inTransaction(deps.sql, (tx) => letVisitorIn(tx, subject));
    deps.log.info({ visitor: subject, api_key: c.get('apiKey').id }, 'visitor unblocked');
    return c.redirect('/tallygate/reports/leeches?done=unblock', 303);
  });
  return router;
}

async function form<S extends z.ZodType>(c: Context<Env>, schema: S): Promise<z.output<S>> {
  if (!mayDeny(c.get('apiKey')))
    throw new Problem(
      'forbidden',
      'This key may only look. To block, sign in with one that has the scope "issue".',
    );
  const result = schema.safeParse(await c.req.parseBody());
  if (!result.success)
    throw new Problem(
      'malformed',
      `${result.error.issues[0]?.path.join('.')}: ${result.error.issues[0]?.message}`,
    );
  return result.data;
}
