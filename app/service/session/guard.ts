// Who may see the private pages: an API key in the header, as programs send it, or a session, as people have it.
// Everybody else gets the form to sign in, with 401, and nothing more.

import type { MiddlewareHandler } from 'hono';
import type { Authenticator } from '../http/authenticate.ts';
import type { Env } from '../http/context.ts';
import { loginPage } from '../pages/operator/login.tsx';
import type { Sessions } from './session.ts';

export function readersOnly(sessions: Sessions, authenticate: Authenticator): MiddlewareHandler<Env> {
  const byKey = authenticate('read');
  return async (c, next) => {
    if (c.req.header('authorization') !== undefined) return byKey(c, next);
    const key = await sessions.find(c);
    if (!key) {
      const { pathname, search } = new URL(c.req.url);
      const address = c.req.method === 'GET' ? pathname + search : '/tallygate/reports';
      return c.html(loginPage({ next: address }), 401, { 'www-authenticate': 'Bearer realm="tallygate"' });
    }
    c.set('apiKey', key);
    await next();
  };
}
