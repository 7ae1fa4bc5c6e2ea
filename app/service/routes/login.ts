// /tallygate/login and /tallygate/logout: where sessions begin and end.

import { csrf } from 'hono/csrf';
import { limitBody } from '../http/body.ts';
import type { Deps } from '../http/context.ts';
import { Problem } from '../http/problem.ts';
import { newRouter } from '../http/router.ts';
import { clientSubject } from '../limits/attempts.ts';
import { loginPage } from '../pages/operator/login.tsx';
import { pageHeaders } from '../pages/security.ts';
import type { Sessions } from '../session/session.ts';

export function loginRoutes(deps: Deps, sessions: Sessions) {
  const router = newRouter();
  router.use('/login', pageHeaders(), csrf({ origin: deps.origin }));
  router.use('/logout', pageHeaders(), csrf({ origin: deps.origin }));

  router.get('/login', (c) => c.html(loginPage({ next: '/tallygate/reports' })));
  router.post('/login', limitBody(4096), async (c) => {
    const { key, next } = await c.req.parseBody();
    const target = ownPath(next);
    const subject = ['login', clientSubject(deps.clientAddress(c))] as const;
    const start = async () => (typeof key === 'string' ? await sessions.start(c, key.trim()) : undefined);
    try {
      const found = await deps.attempts.attempt(subject, start, (session) => !session);
      if (found) return c.redirect(target, 303);
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'too_many_requests') throw error;
      return c.html(loginPage({ next: target, refused: error.message }), 429, error.headers);
    }
    return c.html(
      loginPage({
        next: target,
        refused: 'This is no API key that may read. Make one with the command below.',
      }),
      403,
    );
  });
  router.post('/logout', async (c) => {
    await sessions.end(c);
    return c.redirect('/tallygate/login', 303);
  });
  return router;
}

/** Where to go after signing in: always one of our own pages, whatever the form says. */
function ownPath(next: unknown): string {
  return typeof next === 'string' && /^\/tallygate\/reports(?:[/?][\x21-\x5b\x5d-\x7e]*)?$/.test(next)
    ? next
    : '/tallygate/reports';
}
