// Who may see the private pages: programs with an API key in the header, and people with a session. Everybody else
// gets 401 and the form to sign in.

import type { MiddlewareHandler } from 'hono';
import type { Authenticator } from '../http/authenticate.ts';
import type { Env } from '../http/context.ts';
import { loginPage } from '../pages/operator/login.tsx';
import type { Sessions } from './session.ts';

export function readersOnly(sessions: Sessions, authenticate: Authenticator): MiddlewareHandler<Env> {
  const byKey = authenticate('read');
  return async (c, proceed) => {
    if (c.req.header('authorization') !== undefined) return byKey(c, proceed);
    const key = await sessions.find(c);
    if (!key) {
      const { pathname, search } = new URL(c.req.url);
      const next = c.req.method === 'GET' ? pathname + search : '/tallygate/reports';
      return c.html(loginPage({ next }), 401, { 'www-authenticate': 'Bearer realm="tallygate"' });
    }
    c.set('apiKey', key);
    await proceed();
  };
}
